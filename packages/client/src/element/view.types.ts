import { type Refusal } from '../client/refusal.types.js';
import { type FormTexts } from '../texts/texts.types.js';
import { type ChannelName } from './flow.types.js';

/** What the parts of the view show besides the flow. */
export interface ViewContext {
  texts: FormTexts;
  describe: (refusal: Refusal) => string;
  /** The channels that the page allows, the first one first. */
  channels: readonly ChannelName[];
  disabled: boolean;
  offline: boolean;
  humanCheck: boolean;
}

/** What the user does. */
export interface ViewActions {
  request: (recipient: string) => void;
  verify: (code: string) => void;
  resend: () => void;
  change: (channel?: ChannelName) => void;
  /** A new code for the recipient that was typed before, if it is still known. */
  renew: () => void;
  typed: () => void;
}
