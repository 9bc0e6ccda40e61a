import { type Database } from '../database/database';
import { type Channel } from '../recipients/channel';
import { type Clock } from '../shared/clock';
import { type Logger } from '../observability/logger';
import { type ChannelSettings } from './channel-settings';
import { type Provider } from './provider.types';

/** Where the development inbox stores which messages were sent to whom. */
export interface InboxParts {
  database: Database;
  /** The blind index of a recipient. */
  recipientKey: (channel: Channel, to: string) => string;
}

/** The parts of the server that a provider may use besides its settings. */
export interface ProviderParts {
  clock: Clock;
  logger: Logger;
  /** Null in the doctor, which creates no inbox. */
  inbox: InboxParts | null;
}

/** Creates a provider from its settings. It opens no connection and makes no call. */
export type CreateProvider = (settings: ChannelSettings, parts: ProviderParts) => Provider;
