import { type HttpAnswer, type HttpCall } from '../load/http-connection';
import { type StandIn } from '../load/stand-in';
import { type ServerProcess } from '../processes/server-process';

export type Dialect = 'sqlite' | 'postgres';

/** One user who signs up. */
export interface User {
  email: string;
  /** The address of the user's browser, as the back end of an application would pass it. */
  address: string;
}

/** How a code is requested from a contender and verified. */
export interface Protocol {
  request(user: User): HttpCall;
  /** Returns what `verify` needs of the answer besides the code. Throws when the request was refused. */
  requested(answer: HttpAnswer): string;
  verify(user: User, id: string, code: string): HttpCall;
  verified(answer: HttpAnswer): boolean;
}

/** What the database of the contender contains about the flows of the run. */
export interface Ledger {
  verified: number;
  /** Number of rows that should not exist when every flow has ended. */
  unsettled: number;
}

/** A contender that was started. */
export interface Running {
  protocol: Protocol;
  /** One process per node. */
  processes: readonly ServerProcess[];
  ledger(): Promise<Ledger>;
  /** Ends the processes and deletes their database. */
  stop(): Promise<void>;
}

export interface StartOptions {
  standIn: StandIn;
  /** The address of user number `n`. Contenders share the stand-in, so each has its own addresses. */
  email: (n: number) => string;
  /** Further settings of Injeung. */
  env?: Record<string, string>;
  /** Runs between the creation of the database and the measured start. */
  seed?: (url: string) => Promise<void>;
  /** Leaves the pinning to the caller. */
  unpinned?: boolean;
  /** A directory for a CPU profile of the server. */
  profileDir?: string;
}

export interface Contender {
  /** The name in tables: `injeung`, `better-auth`, `floor`. */
  name: string;
  dialect: Dialect;
  nodes: number;
  start(options: StartOptions): Promise<Running>;
}

export const keyOf = ({ name, dialect, nodes }: Contender) =>
  `${name} ${dialect}${nodes > 1 ? ` x${nodes}` : ''}`;

/** The same contender with another name, and with other settings or a preparation before its start. */
export function variant(
  contender: Contender,
  name: string,
  further: Pick<StartOptions, 'env' | 'seed' | 'unpinned'>,
): Contender {
  return { ...contender, name, start: (options) => contender.start({ ...options, ...further }) };
}
