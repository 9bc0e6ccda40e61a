import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { trackClosed, trackOpen } from './open-resources';
import { until } from './until';

/** How the next call fails. */
export interface Misbehaviour {
  status?: number;
  body?: object | null;
  /** A body that need not be JSON, instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
  /** A pause before the call has its effect. */
  delayMs?: number;
  /** A pause between the effect and the answer. */
  answerDelayMs?: number;
  /** Runs between the effect and the answer, which waits for it. */
  beforeAnswer?: () => Promise<unknown>;
  /** Closes the connection `before` or `after` the call has its effect. */
  drop?: 'before' | 'after';
}

export interface Call {
  method: string;
  /** Path and query exactly as they were sent. */
  target: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Whether the caller has closed the connection since. */
  gone: () => boolean;
}

export interface Answer {
  status: number;
  /** Null for an answer without a body. */
  body: object | null;
  headers?: Record<string, string>;
}

/** The base of the fake providers: a loopback server that keeps every call and can fail as a test chooses. */
export abstract class HttpProvider {
  readonly calls: Call[] = [];
  private readonly planned: Misbehaviour[] = [];
  private always: (call: Call) => Misbehaviour | null = () => null;
  private reads: (call: Call) => Misbehaviour | null = () => null;
  private readonly server: Server;

  protected constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    trackOpen(this, () => this.close());
    return this;
  }

  async close(): Promise<void> {
    trackClosed(this);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Makes the next calls about messages fail in these ways, one after the other. Later calls succeed again. */
  answerNext(...misbehaviours: Misbehaviour[]): void {
    this.planned.push(...misbehaviours);
  }

  /** Makes every call about messages fail in this way, until null is given. A function decides for each call. */
  answerAlways(misbehaviour: Misbehaviour | null | ((call: Call) => Misbehaviour | null)): void {
    this.always = typeof misbehaviour === 'function' ? misbehaviour : () => misbehaviour;
  }

  /** Makes every call that sends no message fail as the function decides. */
  answerReads(misbehaviour: (call: Call) => Misbehaviour | null): void {
    this.reads = misbehaviour;
  }

  waitForCalls(count: number, target: RegExp): Promise<Call[]> {
    return until(() => {
      const calls = this.calls.filter((call) => target.test(`${call.method} ${call.target}`));
      return calls.length >= count ? calls : null;
    });
  }

  /** Checks the call like the provider and carries it out. */
  protected abstract answer(call: Call): Answer;
  /** Whether this call is about a message, so that it can be made to fail. */
  protected abstract isMessage(call: Call): boolean;

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: target = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    const call = { method, target, headers, body, gone: () => request.socket.destroyed };
    this.calls.push(call);
    const plan = this.isMessage(call) ? (this.planned.shift() ?? this.always(call)) : this.reads(call);
    if (plan?.delayMs) await new Promise((resolve) => setTimeout(resolve, plan.delayMs).unref());
    if (plan?.drop === 'before') return void request.socket.destroy();
    const refused = plan?.status !== undefined;
    const answer = refused
      ? { status: plan.status!, body: plan.body === undefined ? {} : plan.body, headers: plan.headers }
      : this.answer(call);
    if (plan?.answerDelayMs) await new Promise((resolve) => setTimeout(resolve, plan.answerDelayMs).unref());
    await plan?.beforeAnswer?.();
    if (plan?.drop === 'after') return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(plan?.text ?? (answer.body === null ? '' : JSON.stringify(answer.body)));
  }
}
