import { type HttpAnswer, type HttpCall } from '../load/http-connection';
import { type StandIn } from '../load/stand-in';
import { type ServerProcess } from '../processes/server-process';

export type Dialect = 'sqlite' | 'postgres';

/** One user who wants to sign up. */
export interface Person {
  email: string;
  /** Where the person's browser is, as an application's back end would pass it on. */
  address: string;
}

/** How a contender is asked for a code and given it back. */
export interface Protocol {
  request(person: Person): HttpCall;
  /** What `verify` needs of the answer besides the code; throws when the request was refused. */
  requested(answer: HttpAnswer): string;
  verify(person: Person, id: string, code: string): HttpCall;
  verified(answer: HttpAnswer): boolean;
}

/** What the contender's own database says of the flows that were run. */
export interface Ledger {
  verified: number;
  /** Rows that should not be there when every flow has ended. */
  unsettled: number;
}

/** A contender at work. */
export interface Running {
  protocol: Protocol;
  /** One process a node. */
  processes: readonly ServerProcess[];
  ledger(): Promise<Ledger>;
  /** Ends the processes and takes their database away. */
  stop(): Promise<void>;
}

export interface StartOptions {
  standIn: StandIn;
  /** Where the person counted by `n` is reached: contenders share the stand-in, so each has names of its own. */
  email: (n: number) => string;
  /** Further settings of Injeung. */
  env?: Record<string, string>;
  /** Runs between the making of the database and the measured start. */
  seed?: (url: string) => Promise<void>;
  /** Leave the pinning to the caller. */
  unpinned?: boolean;
  /** A directory for a CPU profile of the server. */
  profileDir?: string;
}

export interface Contender {
  /** As it stands in tables: `injeung`, `better-auth`, `floor`. */
  name: string;
  dialect: Dialect;
  nodes: number;
  start(options: StartOptions): Promise<Running>;
}

export const keyOf = ({ name, dialect, nodes }: Contender) =>
  `${name} ${dialect}${nodes > 1 ? ` x${nodes}` : ''}`;

/** The same contender under another name, with something done before its start or set for it. */
export function variant(
  contender: Contender,
  name: string,
  further: Pick<StartOptions, 'env' | 'seed' | 'unpinned'>,
): Contender {
  return { ...contender, name, start: (options) => contender.start({ ...options, ...further }) };
}
