import { type Dispatcher } from 'undici';
import { type Provider } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Templates } from '../channels/templates/templates';
import { type Config } from '../config/config';
import { type Database } from '../database/database';
import { type EventOutbox } from '../events/event-outbox';
import { type Keyring } from '../keyring/keyring';
import { type MasterSecrets } from '../keyring/master-secret';
import { type Clock } from '../shared/clock';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';

/** The log of the server. */
export interface Log {
  logger: Logger;
  /** Number of lines that could not be written since the start. */
  readonly linesLost: number;
}

/** The parts that tests replace. All other parts are as in production. */
export interface TestOverrides {
  /** Also replaces the clock of the database. */
  clock?: Clock;
  /** Shares derived wrapping keys between servers, because each derivation is slow on purpose. */
  masterSecrets?: (secrets: readonly string[]) => MasterSecrets;
  /** Replaces the providers that the settings name. */
  providers?: Partial<Record<Channel, readonly Provider[]>>;
  dispatcherPollMs?: number;
  firstReceiptMs?: number;
  /** How often a node claims events that are due. */
  eventPollMs?: number;
  /** How often a node checks whether a duty is free. */
  dutyPollMs?: number;
  /** How often a node reads the proof keys that other nodes have created. */
  proofKeysReadMs?: number;
  /** The rate limit of SES's identity API. */
  identityCallsPerSecond?: number;
  /** How often a node checks whether it is overloaded. */
  overloadCheckMs?: number;
  /** The network connection to SNS. */
  snsDispatcher?: Dispatcher;
  /**
   * Whether `/metrics` reports memory, event loop and so on. Off for embedded servers, because collecting
   * them needs a timer.
   */
  processMetrics?: boolean;
}

/** The parts that the whole server shares: settings, database, keys, log and metrics. */
export interface AppContext {
  config: Config;
  overrides: TestOverrides;
  logger: Logger;
  clock: Clock;
  metrics: Metrics;
  database: Database;
  keyring: Keyring;
  templates: Templates;
  events: EventOutbox;
}
