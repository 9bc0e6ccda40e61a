import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ExampleProcess } from './example-process';

const ROOT = join(__dirname, '../..');

export const APP_KEY = 'application-key-of-the-example';

/** Builds `packages/client/dist`, from which the example takes the element and the list of documents. */
export function buildClient(): void {
  // jest runs CommonJS, which cannot load the module.
  execFileSync(process.execPath, [join(ROOT, 'packages/client/build.mjs')]);
}

/** Starts `examples/sign-up` in front of a server. */
export function startSignUp(injeungUrl: string): Promise<ExampleProcess> {
  return ExampleProcess.start('sign-up/server.mjs', { INJEUNG_URL: injeungUrl, INJEUNG_APP_KEY: APP_KEY });
}

export interface PageAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

interface PageCall {
  method?: string;
  headers?: Record<string, string | undefined>;
  body?: string;
}

/** A browser of a user, without its page: it keeps the cookie and sends the headers that a browser sends. */
export class Visitor {
  cookie: string | undefined;

  /** @param localAddress the loopback address that the server sees. */
  constructor(
    private readonly url: string,
    private readonly localAddress = '127.0.0.1',
  ) {}

  /** Opens the sign-up page, which begins a session. */
  static async at(url: string, localAddress?: string): Promise<Visitor> {
    const visitor = new Visitor(url, localAddress);
    await visitor.call('/');
    return visitor;
  }

  async call(path: string, { method = 'GET', headers = {}, body = '' }: PageCall = {}): Promise<PageAnswer> {
    const own = { cookie: this.cookie, origin: this.url, 'sec-fetch-site': 'same-origin' };
    const length = String(Buffer.byteLength(body));
    const all = Object.entries({ ...own, 'content-length': length, ...headers });
    const sent = request(this.url + path, {
      method,
      localAddress: this.localAddress,
      agent: false,
      headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)),
    });
    sent.end(body);
    const [response] = await once(sent, 'response');
    const [cookie] = (response.headers['set-cookie'] as string[] | undefined) ?? [];
    if (cookie) this.cookie = cookie.split(';')[0];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  post(
    path: string,
    type: string,
    body: string,
    headers: Record<string, string | undefined> = {},
  ): Promise<PageAnswer> {
    return this.call(path, { method: 'POST', headers: { 'content-type': type, ...headers }, body });
  }

  /** Submits the form of the page. */
  signUp(proof: string, headers: Record<string, string | undefined> = {}): Promise<PageAnswer> {
    const form = new URLSearchParams({ proof }).toString();
    return this.post('/sign-up', 'application/x-www-form-urlencoded', form, headers);
  }
}
