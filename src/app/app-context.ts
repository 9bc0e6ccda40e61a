import { type Dispatcher } from 'undici';
import { type Provider } from '../channels/provider.types';
import { type Channel } from '../recipients/channel';
import { type Templates } from '../channels/templates/templates';
import { type Config } from '../config/config';
import { type Database } from '../database/database';
import { type Keyring } from '../keyring/keyring';
import { type MasterSecrets } from '../keyring/master-secret';
import { type Clock } from '../shared/clock';
import { type Logger } from '../observability/logger';
import { type Metrics } from '../observability/metrics';

/** Where the server writes what it does. */
export interface Log {
  logger: Logger;
  /** Lines that could not be written since the start. */
  readonly linesLost: number;
}

/** What tests replace; everything else is as in production. */
export interface TestOverrides {
  /** Stands in for the database's clock too. */
  clock?: Clock;
  /** Shares derived wrapping keys between servers, because each derivation takes long on purpose. */
  masterSecrets?: (secrets: readonly string[]) => MasterSecrets;
  /** Replaces the providers that the settings name. */
  providers?: Partial<Record<Channel, readonly Provider[]>>;
  dispatcherPollMs?: number;
  firstReceiptMs?: number;
  /** How often a node looks whether a duty is free. */
  dutyPollMs?: number;
  /** How often a node looks for proof keys that others have made. */
  proofKeysReadMs?: number;
  /** SES's quota of identity calls. */
  identityCallsPerSecond?: number;
  /** How often a node looks whether it can take more. */
  overloadCheckMs?: number;
  /** How SNS is reached. */
  snsDispatcher?: Dispatcher;
  /** Memory, event loop and the like in `/metrics`: for the server alone, since collecting them costs a timer. */
  processMetrics?: boolean;
}

/** What every part of the server is built from: settings, database, keys and the means to report. */
export interface AppContext {
  config: Config;
  overrides: TestOverrides;
  logger: Logger;
  clock: Clock;
  metrics: Metrics;
  database: Database;
  keyring: Keyring;
  templates: Templates;
}
