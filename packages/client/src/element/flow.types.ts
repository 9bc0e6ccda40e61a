import { type Operations } from '../client/client.types.js';
import { type Refusal } from '../client/refusal.types.js';
import { type Verification } from '../client/verification.types.js';
import { type Memory } from './memory.js';

export type ChannelName = 'email' | 'sms';

/** What the user sees: the field of the recipient, the field of the code, or the result. */
export type Step = 'recipient' | 'code' | 'verified';

/** The action that runs now. */
export type Action = 'restore' | 'request' | 'verify' | 'resend';

/** What the element reports to the page. */
export interface FlowEvents {
  requested: { verification: Verification };
  verified: { proof: string; verification: Verification };
  /** A refusal, or the error that the developer or operator has to correct. */
  failed: { refusal: Refusal; error?: unknown };
}

export interface FlowDeps {
  client: Operations;
  memory: Memory;
  /** The options of a request that the page has set. */
  options: () => { purpose?: string; nonce?: string };
  /** Shows the human check. Null when there is none, when it failed, or when another action replaced it. */
  solveHumanCheck: () => Promise<string | null>;
  /** Is called after each change of the state. */
  changed: () => void;
  emit: <Name extends keyof FlowEvents>(name: Name, detail: FlowEvents[Name]) => void;
}
