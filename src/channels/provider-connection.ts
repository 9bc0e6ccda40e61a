import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import { rejectOnAbort } from './reject-on-abort';

export interface ProviderCall {
  method: Dispatcher.HttpMethod;
  /** Scheme, host and port: `https://email.ap-northeast-2.amazonaws.com`. */
  origin: string;
  /** Path and query exactly as they are sent. */
  path: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  signal: AbortSignal;
}

export interface ProviderAnswer {
  status: number;
  /** By their names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/** The request was not sent: the host was not found or not reached, or its certificate is not trusted. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The provider sent no complete answer. */
export class NoAnswer extends Error {
  /** The error name of the socket, of TLS or of undici. */
  readonly code: string;

  constructor(cause: Error & { code?: unknown }) {
    super(cause.message);
    this.name = 'NoAnswer';
    // The code of a time-out is a number, and its name says more.
    this.code = typeof cause.code === 'string' ? cause.code : cause.name;
  }

  /** Whether the provider certainly has not received the request. */
  get notSent(): boolean {
    return NOT_SENT.has(this.code);
  }
}

/** No answer of a built-in provider is as long as this. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;

/**
 * Kept-alive connections to a provider, through the proxy that `HTTPS_PROXY` and `NO_PROXY` name.
 *
 * A plain `http` address is called directly. The settings allow it on this machine and in private networks only, and
 * its calls contain codes in clear, which a proxy would read.
 */
export class ProviderConnection {
  private readonly secure: EnvHttpProxyAgent;
  private readonly direct: Agent;

  /** @param maxAnswerBytes the connection of a provider that sends a longer answer is closed, and the call fails. */
  constructor({ maxAnswerBytes = MAX_ANSWER_BYTES } = {}) {
    this.secure = new EnvHttpProxyAgent({ maxResponseSize: maxAnswerBytes });
    this.direct = new Agent({ maxResponseSize: maxAnswerBytes });
  }

  /** Follows no redirect, because a signature is valid for one address only. @throws NoAnswer */
  async call(call: ProviderCall): Promise<ProviderAnswer> {
    try {
      call.signal.throwIfAborted();
      // By itself, a request that waits for a connection ends only when the connection is made or fails.
      return await rejectOnAbort(call.signal, this.exchange(call));
    } catch (error) {
      throw new NoAnswer(error as Error);
    }
  }

  /** Ends calls under way. */
  async close(): Promise<void> {
    await Promise.all([this.secure.destroy(), this.direct.destroy()]);
  }

  private async exchange(call: ProviderCall): Promise<ProviderAnswer> {
    const agent = call.origin.startsWith('http:') ? this.direct : this.secure;
    const { statusCode, headers, body } = await agent.request(call);
    const flat = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    return { status: statusCode, headers: Object.fromEntries(flat), text: await body.text() };
  }
}
