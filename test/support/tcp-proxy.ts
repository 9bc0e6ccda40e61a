import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { trackClosed, trackOpen } from './open-resources';

/** PostgreSQL's ReadyForQuery, outside a transaction. */
const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');
/** Its ErrorResponse of a server that shuts down: SFATAL, C57P01, a message. */
const SHUT_DOWN = Buffer.from('E\0\0\0\x1cSFATAL\0C57P01\0Mthe end\0\0', 'latin1');

/**
 * Stands between the service and a server, to play a network that swallows everything without a word, or a PostgreSQL
 * that ends connections as soon as they are there.
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

  /** In front of PostgreSQL. `urlOf` then leads through the proxy. */
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

  /** Connections that are open now. */
  get connections(): number {
    return this.pairs.size;
  }

  /** Connections stay open and new ones are taken, and nothing comes through any more. */
  hang(): void {
    this.silent = true;
    for (const [near, far] of this.pairs) {
      near.unpipe(far).resume(); // Read on, so that the end of the connection is seen.
      far.unpipe(near).resume();
    }
  }

  /** Hangs as soon as a client has sent these bytes, which still reach the server. */
  hangAfter(bytes: Buffer): void {
    this.trigger = bytes;
  }

  /** New connections are told in one breath that they are ready and that they are over. */
  endWhenReady(): void {
    this.ending = true;
  }

  /** New connections come through again; those that hung stay so. */
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
