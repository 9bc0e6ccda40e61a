import { type Deadline } from './deadline.js';
import { InjeungError } from './injeung-error.js';
import { type Operation } from './operation.types.js';
import { wait } from './wait.js';

/** How long one attempt may take before the connection is given up. */
const ATTEMPT_MS = 8_000;
const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 3_000;
/** A server that does not work or is overloaded. Its proxy answers for it, so the answer is not GraphQL. */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Headers of every call, or a function that returns them, such as one that reads a session's token. */
export type HeadersOption =
  Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);

export interface TransportDeps {
  endpoint: string;
  fetch: typeof globalThis.fetch;
  headers: HeadersOption;
}

/** An error of a GraphQL answer. */
export interface GraphQLFault {
  message: string;
  extensions?: Record<string, unknown>;
}

/** What became of a call: its field, the first error, or `LOST` when no answer arrived. */
export type Answer<Field> = { field: Field } | { fault: GraphQLFault } | typeof LOST;
export const LOST = Symbol('no answer arrived');

export interface CallBounds {
  deadline: Deadline;
  signal?: AbortSignal;
}

/** Sends operations to the endpoint. */
export class Transport {
  constructor(private readonly deps: TransportDeps) {}

  /**
   * Sends an operation that may be executed more than once, and repeats it until an answer arrives or the deadline
   * passes.
   *
   * @throws InjeungError NOT_GRAPHQL; the reason of the signal when it is aborted.
   */
  async repeat<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    bounds: CallBounds,
  ): Promise<Answer<Data[keyof Data]>> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const answer = await this.once(operation, variables, bounds);
      if (answer !== LOST) return answer;
      // Half of the pause is random, so that the clients of a server that restarts do not call all at once.
      const nextMs = pauseMs * (0.5 + 0.5 * Math.random());
      if (bounds.deadline.leftMs <= nextMs) return LOST;
      await wait(nextMs, bounds.signal);
    }
  }

  /** Like `repeat`, but sends the operation at most once. After `LOST` it may have been executed. */
  async once<Data, Variables>(
    operation: Operation<Data, Variables>,
    variables: Variables,
    { deadline, signal }: CallBounds,
  ): Promise<Answer<Data[keyof Data]>> {
    signal?.throwIfAborted();
    const body = JSON.stringify({ query: operation.document, variables });
    const response = await this.post(body, Math.min(ATTEMPT_MS, deadline.leftMs), signal);
    signal?.throwIfAborted();
    return response === LOST ? LOST : read(response, operation.name);
  }

  /** Ends the connection after `timeoutMs`, while the headers or the body are awaited. */
  private async post(body: string, timeoutMs: number, signal?: AbortSignal): Promise<Received | typeof LOST> {
    const { endpoint, fetch, headers } = this.deps;
    const own = typeof headers === 'function' ? await headers() : headers;
    const ended = new AbortController();
    const end = () => ended.abort();
    const timer = setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end);
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { accept: 'application/json', ...own, 'content-type': 'application/json' },
        body,
        signal: ended.signal,
      });
      return { status: response.status, text: await response.text() };
    } catch {
      return LOST;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    }
  }
}

interface Received {
  status: number;
  text: string;
}

function read<Data>({ status, text }: Received, name: keyof Data): Answer<Data[keyof Data]> {
  const body = parse(text);
  const [fault] = body?.errors ?? [];
  if (fault) return { fault };
  if (body?.data) return { field: (body.data as Data)[name] };
  if (TEMPORARY.has(status)) return LOST;
  const message = `the endpoint did not answer as a GraphQL server (HTTP ${status}); check the option "endpoint"`;
  throw new InjeungError('NOT_GRAPHQL', message);
}

function parse(text: string): { data?: unknown; errors?: GraphQLFault[] } | null {
  try {
    return JSON.parse(text) as { data?: unknown; errors?: GraphQLFault[] } | null;
  } catch {
    return null;
  }
}
