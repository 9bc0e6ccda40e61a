import { connect, type Socket } from 'node:net';

export interface HttpCall {
  path: string;
  body: string;
  /** Lines of further headers, each ended by CRLF. */
  headers?: string;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

interface Waiting {
  resolve: (answer: HttpAnswer) => void;
  reject: (error: Error) => void;
}

const HEAD_END = '\r\n\r\n';
const NOTHING = Buffer.alloc(0);

/**
 * One keep-alive connection with one POST at a time, directly on the socket. The driver must be much cheaper
 * than the server, but the client of Node costs as much as the answer of a fast server.
 */
export class HttpConnection {
  private socket: Socket | null = null;
  private received: Buffer = NOTHING;
  private waiting: Waiting | null = null;

  constructor(readonly port: number) {}

  post({ path, body, headers = '' }: HttpCall): Promise<HttpAnswer> {
    const socket = this.open();
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.port}\r\ncontent-type: application/json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`,
      );
    });
  }

  close(): void {
    this.socket?.destroy();
    this.socket = null;
  }

  private open(): Socket {
    if (this.socket && !this.socket.destroyed && this.socket.writable) return this.socket;
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.received = NOTHING;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
    this.socket = socket;
    return socket;
  }

  private take(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const answer = parse(this.received);
    if (!answer) return;
    this.received = NOTHING;
    const waiting = this.waiting;
    this.waiting = null;
    waiting?.resolve(answer);
  }

  private fail(error: Error): void {
    const waiting = this.waiting;
    this.waiting = null;
    this.socket = null;
    waiting?.reject(error);
  }
}

/** Null while the answer is not complete. */
function parse(received: Buffer): HttpAnswer | null {
  const headEnd = received.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const head = received.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  const start = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return received.length < end ? null : { status, body: received.toString('utf8', start, end) };
  }
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return { status, body: '' };
  const body = unchunk(received, start);
  return body === null ? null : { status, body };
}

/** Null while the last chunk is missing (RFC 9112, section 7.1). */
function unchunk(received: Buffer, start: number): string | null {
  const parts: string[] = [];
  for (let at = start; ;) {
    const lineEnd = received.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = parseInt(received.toString('latin1', at, lineEnd), 16);
    const end = lineEnd + 2 + size;
    if (received.length < end + 2) return null;
    if (size === 0) return parts.join('');
    parts.push(received.toString('utf8', lineEnd + 2, end));
    at = end + 2;
  }
}
