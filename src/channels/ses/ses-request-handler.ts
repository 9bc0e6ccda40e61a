import { type ProviderCall, ProviderConnection } from '../provider-connection';
import { withTimeoutSignal } from '../../shared/with-timeout-signal';

/** A request as the SDK has serialized and signed it. */
interface SdkRequest {
  method: ProviderCall['method'];
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: ProviderCall['body'];
}

interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

/** The SDK also loads a role's credentials through the handler, and gives such a call no deadline. */
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Carries the SDK's requests over a ProviderConnection. Compared with the SDK's own handler it costs half the CPU time
 * of a send, reads a bounded answer, uses the proxy of the environment, and its NoAnswer says whether a request was
 * sent.
 */
export class SesRequestHandler {
  private readonly connection = new ProviderConnection();

  /** @throws NoAnswer */
  async handle(
    request: SdkRequest,
    { abortSignal }: { abortSignal?: unknown } = {},
  ): Promise<{ response: SdkResponse }> {
    // The SDK's type also allows signals of other libraries, which none of our callers passes.
    if (abortSignal) return this.call(request, abortSignal as AbortSignal);
    return withTimeoutSignal(DEFAULT_TIMEOUT_MS, (signal) => this.call(request, signal));
  }

  /** Called by the client's `destroy`. Ends calls under way. */
  destroy(): void {
    void this.connection.close();
  }

  private async call(request: SdkRequest, signal: AbortSignal): Promise<{ response: SdkResponse }> {
    const { method, protocol, hostname, port, path, headers } = request;
    const answer = await this.connection.call({
      method,
      origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
      path: path + queryOf(request),
      headers,
      body: request.body,
      signal,
    });
    return {
      response: { statusCode: answer.status, headers: answer.headers, body: Buffer.from(answer.text) },
    };
  }
}

function queryOf({ query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value) => [name, ...(value === null ? [] : [value])].map(encodeURIComponent).join('=')),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
