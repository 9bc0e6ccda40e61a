import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A message as it reached the provider. */
export interface Arrival {
  code: string;
  /** By `performance.now()`. */
  arrivedAt: number;
}

/** The path of the provider `http` of Injeung. */
export const INJEUNG_PATH = '/injeung';

/** The SES account that the section ses-send may query, with a rate so high that no message waits. */
const ACCOUNT = JSON.stringify({
  SendQuota: { Max24HourSend: 1e9, MaxSendRate: 100_000, SentLast24Hours: 0 },
  SendingEnabled: true,
  ProductionAccessEnabled: true,
});

interface SesMessage {
  Destination: { ToAddresses: string[] };
  Content: { Simple: { Body: { Text: { Data: string } } } };
}

/**
 * The provider of all contenders: the calls of the provider `http` for Injeung, plain JSON for the others,
 * and SES's SendEmail for the section ses-send. It runs in the process of the driver, so that no flow has to poll for its code, and counts the messages: each flow gets
 * one.
 */
export class StandIn {
  /** How long the provider takes to answer, in milliseconds. The user knows the code before the answer. */
  latencyMs = 0;
  /** Messages that no flow waited for: second ones, or messages to unknown recipients. */
  strays = 0;
  /** Called for messages that no flow waits for. Returns true when it knows the recipient. */
  onOther: (recipient: string) => boolean = () => false;
  private readonly awaited = new Map<string, (arrival: Arrival) => void>();
  private messages = 0;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => this.serve(request, response));
  }

  static async start(): Promise<StandIn> {
    const standIn = new StandIn(createServer({ keepAlive: true }));
    standIn.server.keepAliveTimeout = 600_000;
    standIn.server.maxConnections = 10_000;
    await new Promise<void>((resolve) => standIn.server.listen(0, '127.0.0.1', 4096, resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Waits for the one message to a recipient. Call it before the code is requested. */
  expect(recipient: string): Promise<Arrival> {
    return new Promise((resolve) => this.awaited.set(recipient, resolve));
  }

  /** Stops waiting. A message that comes later is a stray. */
  forget(recipient: string): void {
    this.awaited.delete(recipient);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const arrivedAt = performance.now();
      if (request.method !== 'POST') return void answer(response, ACCOUNT);
      const { recipient, code } = read(request.url!, Buffer.concat(chunks).toString());
      const resolve = this.awaited.get(recipient);
      this.awaited.delete(recipient);
      if (!resolve && !this.onOther(recipient)) this.strays++;
      const taken = () => {
        const id = String(++this.messages);
        answer(response, JSON.stringify({ id, MessageId: id }));
        resolve?.({ code, arrivedAt });
      };
      if (this.latencyMs === 0) taken();
      else setTimeout(taken, this.latencyMs);
    });
  }
}

function answer(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

interface CodeMessage {
  to: string;
  code: string;
}

function read(path: string, body: string): { recipient: string; code: string } {
  if (path !== '/v2/email/outbound-emails') {
    const parsed = JSON.parse(body) as CodeMessage & { data: CodeMessage };
    const { to, code } = path === INJEUNG_PATH ? parsed.data : parsed;
    return { recipient: to, code };
  }
  const { Destination, Content } = JSON.parse(body) as SesMessage;
  return {
    recipient: Destination.ToAddresses[0]!,
    code: /(?<!\d)\d{6}(?!\d)/.exec(Content.Simple.Body.Text.Data)?.[0] ?? '',
  };
}
