import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { trackClosed, trackOpen } from './open-resources';

/** PostgreSQL's ReadyForQuery, outside a transaction. */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');
/** PostgreSQL's ErrorResponse at a shutdown: SFATAL, C57P01, a message. */
const SHUT_DOWN = Buffer.from('E\0\0\0\x1cSFATAL\0C57P01\0Mthe end\0\0', 'latin1');

/**
 * A proxy between the service and a server. It can act like a network that drops all packets, or like a PostgreSQL that
 * ends connections as soon as they are open.
 */
export class TcpProxy {
  private readonly pairs = new Set<[Socket, Socket]>();
  private silent = false;
  private ending = false;
  private trigger: Buffer | null = null;
  private readonly server: Server;

  private constructor(private readonly target: { host: string; port: number }) {
    this.server = createServer((near) => this.carry(near));
  }

  static async to(host: string, port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy({ host, port });
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    trackOpen(proxy, () => proxy.close());
    return proxy;
  }

  /** A proxy to PostgreSQL. `urlOf` returns the URL through it. */
  static toPostgres(databaseUrl: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(databaseUrl);
    return TcpProxy.to(hostname, Number(port || 5432));
  }

  /** The URL of the same database through this proxy, without TLS, so that the proxy sees the statements. */
  urlOf(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.port = String(this.port);
    url.hostname = '127.0.0.1';
    url.searchParams.set('sslmode', 'disable');
    return url.toString();
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.pairs.size;
  }

  /** Keeps connections open and accepts new ones, but forwards nothing any more. */
  hang(): void {
    this.silent = true;
    for (const [near, far] of this.pairs) {
      near.unpipe(far).resume(); // Data is still read, so that the end of the connection is noticed.
      far.unpipe(near).resume();
    }
  }

  /** Hangs as soon as a client has sent these bytes, which the server still gets. */
  hangAfter(bytes: Buffer): void {
    this.trigger = bytes;
  }

  /** Sends to each new connection that it is ready, and at once that the server shuts down. */
  endWhenReady(): void {
    this.ending = true;
  }

  /** Forwards new connections again. Connections that hang stay so. */
  heal(): void {
    this.silent = false;
    this.ending = false;
  }

  async close(): Promise<void> {
    trackClosed(this);
    for (const [near, far] of this.pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(near: Socket): void {
    const far = connect(this.target);
    const pair: [Socket, Socket] = [near, far];
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        this.pairs.delete(pair);
      });
    }
    if (this.silent) return void near.resume();
    near.pipe(far);
    near.on('data', (chunk: Buffer) => {
      if (this.trigger && !this.silent && chunk.includes(this.trigger)) this.hang();
    });
    if (!this.ending) return void far.pipe(near);
    far.on('data', (chunk: Buffer) => {
      if (chunk.subarray(-READY.length).equals(READY)) near.end(Buffer.concat([chunk, SHUT_DOWN]));
      else near.write(chunk);
    });
  }
}
