import { type CallEnd, type Journal } from './journal';
import { type ServerNode } from './nodes';
import { type Random } from './random';

/** An answer as a client sees it. */
export interface Reply {
  end: CallEnd;
  /** The value of the field, if it was answered. */
  data: any;
  code: string | null;
  node: string;
}

/** How long a client waits for a node, in milliseconds. */
const PATIENCE_MS = 6_000;

/** How long a node that did not answer gets no calls, in milliseconds, as from a load balancer. */
const AVOIDED_MS = 5_000;

/** Calls nodes as front ends do, and records how each call ended. */
export class Client {
  private readonly failedAt = new Map<string, number>();

  constructor(
    private readonly nodes: readonly ServerNode[],
    private readonly journal: Journal,
    private readonly random: Random,
  ) {}

  /** Returns a node that has not just failed, or any node if all have. */
  choose(): ServerNode {
    const since = Date.now() - AVOIDED_MS;
    const healthy = this.nodes.filter(({ name }) => (this.failedAt.get(name) ?? 0) < since);
    return this.random.pick(healthy.length > 0 ? healthy : this.nodes);
  }

  async call(node: ServerNode, operation: string, argument: string, fields: string): Promise<Reply> {
    const at = Date.now();
    const started = performance.now();
    const reply = await this.ask(node, `mutation { ${operation}(${argument}) ${fields} }`, operation);
    const ms = performance.now() - started;
    const detail = reply.end === 'answered' ? null : reply.code;
    this.journal.calls.push({ at, ms, operation, node: node.name, end: reply.end, detail });
    return reply;
  }

  private async ask(node: ServerNode, query: string, operation: string): Promise<Reply> {
    try {
      const response = await fetch(`${node.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const { data, errors } = (await response.json()) as any;
      const code: string | null = errors?.[0]?.extensions?.code ?? null;
      const internal = code === 'INTERNAL_SERVER_ERROR' || (code === null && !data);
      const end = internal ? 'internal' : code === null ? 'answered' : 'refused';
      return { end, data: data?.[operation] ?? null, code, node: node.name };
    } catch (error) {
      this.failedAt.set(node.name, Date.now());
      const { name, cause } = error as { name: string; cause?: { code?: string } };
      return { end: 'unreachable', data: null, code: cause?.code ?? name, node: node.name };
    }
  }
}
