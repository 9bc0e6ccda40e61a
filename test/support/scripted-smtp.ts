/* eslint-disable max-lines -- The server and its connections are one script of one protocol. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { smtpTls } from './smtp-tls';
import { trackClosed, trackOpen } from './open-resources';
import { until } from './until';

/**
 * The step of a connection at which the server does something: `connect` is before the greeting, `content` after the
 * final dot.
 */
export type Stage =
  'connect' | 'EHLO' | 'STARTTLS' | 'TLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'content' | 'RSET' | 'QUIT';

/** What the server does at a stage instead of its normal answer. */
export interface Behaviour {
  /** Sent instead of the normal reply. Codes other than 2xx and 3xx refuse. */
  reply?: string;
  /** Waits before the reply, in milliseconds. */
  delayMs?: number;
  /** Never replies, and keeps the connection open. */
  stall?: true;
  /** Ends the connection instead of replying, or after `reply`: normally, with a reset, or only the server's half. */
  end?: 'fin' | 'rst' | 'half';
  /** Sends the reply byte by byte, with this many milliseconds between two bytes. */
  dripMs?: number;
}

export interface TakenMail {
  from: string;
  to: string;
  /** The delivery's id, from the Message-ID. */
  deliveryId: string;
  source: string;
  /** The number of the connection, from 1. */
  connection: number;
  takenAt: number;
  /** Whether the client had disconnected when the reply was sent. */
  answerLost: boolean;
}

interface Options {
  /** Offers STARTTLS. */
  tls?: boolean;
  /** Uses TLS from the start. */
  implicitTls?: boolean;
  /** Offers AUTH PLAIN and accepts any login. */
  auth?: boolean;
  pipelining?: boolean;
  /** The most connections at once. Further ones are greeted with a refusal. */
  maxConnections?: number;
  refusal?: string;
}

const USUAL: Record<Exclude<Stage, 'TLS' | 'EHLO'>, string> = {
  connect: '220 scripted.example ESMTP',
  STARTTLS: '220 2.0.0 Ready to start TLS',
  AUTH: '235 2.7.0 Accepted',
  MAIL: '250 2.1.0 Ok',
  RCPT: '250 2.1.5 Ok',
  DATA: '354 End data with <CR><LF>.<CR><LF>',
  content: '250 2.0.0 Ok: queued',
  RSET: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
};

/**
 * An SMTP server on loopback that can fail at every stage of a connection, because every byte of it is written here.
 */
export class ScriptedSmtp {
  readonly mails: TakenMail[] = [];
  /** The number of connections that were greeted. */
  connections = 0;
  /** The number of connections that were refused because there were too many. */
  refused = 0;
  quits = 0;
  mostAtOnce = 0;
  /** Decides what the server does at a stage of a connection; null for its normal answer. */
  behave: (stage: Stage, connection: number) => Behaviour | null = () => null;
  readonly open = new Set<ScriptedConnection>();
  private readonly server: Server;

  protected constructor(readonly options: Options) {
    // Half-open connections are part of the tests, so the server itself ends its half.
    this.server = createServer({ allowHalfOpen: true }, (socket) => void this.accept(socket));
  }

  static async start(options: Options = {}): Promise<ScriptedSmtp> {
    return new ScriptedSmtp(options).listen();
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    trackOpen(this, () => this.close());
    return this;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The value of SMTP_URL for this server. */
  get url(): string {
    const scheme = this.options.implicitTls ? 'smtps' : 'smtp';
    return `${scheme}://${this.options.auth ? 'user:pass@' : ''}127.0.0.1:${this.port}`;
  }

  /** How many copies each recipient got. */
  copies(): Map<string, number> {
    const copies = new Map<string, number>();
    for (const { to } of this.mails) copies.set(to, (copies.get(to) ?? 0) + 1);
    return copies;
  }

  waitForMails(count: number): Promise<TakenMail[]> {
    return until(() => (this.mails.length >= count ? this.mails : null));
  }

  /** Ends every connection, like a server whose connections were idle for too long. */
  endAll(how: 'fin' | 'rst'): void {
    for (const connection of this.open) connection.end(how);
  }

  async close(): Promise<void> {
    trackClosed(this);
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const connection of this.open) connection.end('rst');
    await closed;
  }

  /** Called for each mail before it is answered. */
  take(mail: TakenMail): void {
    this.mails.push(mail);
  }

  private async accept(socket: Socket): Promise<void> {
    const { maxConnections = Infinity, refusal = '421 4.7.0 Error: too many connections' } = this.options;
    if (this.open.size >= maxConnections) {
      this.refused++;
      socket.on('error', () => undefined);
      socket.end(`${refusal}\r\n`);
      return;
    }
    const connection = new ScriptedConnection(this, socket, ++this.connections);
    this.open.add(connection);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.open.size);
    await connection.begin();
  }
}

class ScriptedConnection {
  private text = '';
  private inData = false;
  private from = '';
  private to = '';
  private working: Promise<void> = Promise.resolve();
  /** The raw connection, or TLS over it. */
  private socket: Socket;
  private secure = false;
  private gone = false;

  constructor(
    private readonly server: ScriptedSmtp,
    private readonly raw: Socket,
    private readonly number: number,
  ) {
    this.socket = raw;
    this.listen();
    raw.on('close', () => this.forget());
    // When the client ends its half, nobody reads further replies, so the connection ends.
    raw.on('end', () => {
      this.forget();
      this.socket.end();
    });
  }

  async begin(): Promise<void> {
    if (this.server.options.implicitTls && !(await this.startTls())) return;
    await this.answer('connect');
  }

  end(how: NonNullable<Behaviour['end']>): void {
    if (how === 'rst') this.raw.resetAndDestroy();
    else if (how === 'half') this.socket.end();
    else this.socket.destroySoon();
  }

  private forget(): void {
    this.gone = true;
    this.server.open.delete(this);
  }

  private listen(): void {
    this.socket.on('error', () => undefined);
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.working = this.working.then(() => this.read());
    });
  }

  private async read(): Promise<void> {
    for (;;) {
      const end = this.inData ? '\r\n.\r\n' : '\r\n';
      const at = this.text.indexOf(end);
      if (at < 0) return;
      const part = this.text.slice(0, at);
      this.text = this.text.slice(at + end.length);
      if (!(await (this.inData ? this.content(part) : this.command(part)))) return;
    }
  }

  /** @returns false when no further command is read: the server stalls, or TLS begins. */
  private async command(line: string): Promise<boolean> {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') return this.answer('EHLO', this.capabilities());
    if (verb === 'STAR') return (await this.answer('STARTTLS')) && (await this.startTls());
    if (verb === 'AUTH') return this.answer('AUTH');
    if (verb === 'MAIL') {
      this.from = address(line);
      return this.answer('MAIL');
    }
    if (verb === 'RCPT') {
      this.to = address(line);
      return this.answer('RCPT');
    }
    if (verb === 'DATA') return this.answer('DATA');
    if (verb === 'RSET') return this.answer('RSET');
    if (verb === 'QUIT') {
      this.server.quits++;
      await this.answer('QUIT');
      this.end('fin');
      return false;
    }
    return this.write('500 5.5.2 Unknown command', {});
  }

  private async content(source: string): Promise<boolean> {
    this.inData = false;
    const behaviour = this.server.behave('content', this.number) ?? {};
    const mail: TakenMail = {
      from: this.from,
      to: this.to,
      deliveryId: /^message-id: <([^@]+)@/im.exec(source)?.[1] ?? '',
      source,
      connection: this.number,
      takenAt: Date.now(),
      answerLost: behaviour.stall === true || (behaviour.end !== undefined && !behaviour.reply),
    };
    // A server that does not answer has accepted the mail: that is the worst case.
    if (!behaviour.reply || behaviour.reply.startsWith('2')) this.server.take(mail);
    const goesOn = await this.behave(behaviour, USUAL.content);
    if (this.gone) mail.answerLost = true;
    return goesOn;
  }

  private async answer(stage: Exclude<Stage, 'content' | 'TLS'>, usual?: string): Promise<boolean> {
    const behaviour = this.server.behave(stage, this.number) ?? {};
    this.inData = stage === 'DATA' && (behaviour.reply ?? '354').startsWith('354');
    return this.behave(behaviour, usual ?? USUAL[stage as keyof typeof USUAL]);
  }

  private async behave(behaviour: Behaviour, usual: string): Promise<boolean> {
    const { delayMs, stall, end, reply } = behaviour;
    if (delayMs) await pause(delayMs);
    if (stall) return false;
    if (!end || reply) await this.write(reply ?? usual, behaviour);
    if (!end) return true;
    this.end(end);
    return false;
  }

  private async write(reply: string, { dripMs }: Behaviour): Promise<boolean> {
    const bytes = Buffer.from(`${reply}\r\n`);
    if (this.socket.destroyed || !this.socket.writable) return false;
    if (dripMs === undefined) this.socket.write(bytes);
    else {
      for (const byte of bytes) {
        if (this.gone) return false;
        this.socket.write(Buffer.of(byte));
        await pause(dripMs);
      }
    }
    return true;
  }

  private capabilities(): string {
    const { tls, auth, pipelining } = this.server.options;
    const offered = [
      'scripted.example',
      ...(pipelining ? ['PIPELINING'] : []),
      ...(tls && !this.secure ? ['STARTTLS'] : []),
      ...(auth ? ['AUTH PLAIN'] : []),
      'ENHANCEDSTATUSCODES',
    ];
    return offered.map((line, index) => `250${index < offered.length - 1 ? '-' : ' '}${line}`).join('\r\n');
  }

  private async startTls(): Promise<boolean> {
    const behaviour = this.server.behave('TLS', this.number);
    const plain = this.socket;
    plain.removeAllListeners('data');
    if (behaviour?.delayMs) await pause(behaviour.delayMs);
    if (behaviour?.stall) return false;
    if (behaviour?.end) {
      this.end(behaviour.end);
      return false;
    }
    this.socket = new TLSSocket(plain, { isServer: true, ...smtpTls() });
    this.secure = true;
    this.text = '';
    this.listen();
    return true;
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

function address(line: string): string {
  return /<([^>]*)>/.exec(line)?.[1] ?? '';
}
