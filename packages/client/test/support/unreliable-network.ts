/** What happens to a call: it does not reach the server, its answer is lost, or a proxy answers with this status. */
export type Fault = 'lost-call' | 'lost-answer' | number;

/** A network between the client and a real server, as a `fetch`. */
export class UnreliableNetwork {
  /** The names of the operations that reached the server. */
  readonly arrived: string[] = [];
  private readonly faults = new Map<string, Fault[]>();
  private down: Fault | null = null;

  /** The faults of the next calls of an operation, in their order. */
  failNext(operation: string, ...faults: Fault[]): void {
    this.faults.set(operation, faults);
  }

  /** The fault of all calls; null ends it. */
  failAll(fault: Fault | null): void {
    this.down = fault;
  }

  readonly fetch: typeof globalThis.fetch = async (url, init) => {
    init?.signal?.throwIfAborted();
    const { query } = JSON.parse(init?.body as string) as { query: string };
    const operation = /^\w+ (\w+)/.exec(query)![1]!;
    const fault = this.down ?? this.faults.get(operation)?.shift();
    if (fault === 'lost-call') throw new TypeError('fetch failed');
    if (typeof fault === 'number') return new Response('<h1>Bad gateway</h1>', { status: fault });
    this.arrived.push(operation);
    const response = await fetch(url, init);
    if (fault === 'lost-answer') throw new TypeError('terminated');
    return response;
  };
}
