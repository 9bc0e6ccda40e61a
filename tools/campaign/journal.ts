import { type Channel } from '../../src/recipients/channel';

/** How a call ended for its client. */
export type CallEnd = 'answered' | 'refused' | 'internal' | 'unreachable';

/** One call as its client saw it. Times are epoch milliseconds of the campaign's own clock. */
export interface CallRecord {
  at: number;
  ms: number;
  operation: string;
  node: string;
  end: CallEnd;
  /** The error code of a refusal, or what broke. */
  detail: string | null;
}

/** One user's verification as the user saw it. */
export interface UserRecord {
  number: number;
  channel: Channel;
  to: string;
  /** Every id that was answered to requests under the user's idempotency key. */
  ids: Set<string>;
  answeredAt: number | null;
  resendsAnswered: number;
  /** `attemptsRemaining` of every answered WRONG_CODE. */
  wrongAnswers: number[];
  /** Guesses whose answer never came: each may have cost a try or not. */
  guessesUnanswered: number;
  /** Right codes whose answer never came: each may have won or not. */
  winsUnanswered: number;
  /** Idempotency keys under which the code was accepted, and under how many proofs. */
  wins: Set<string>;
  /** Whether the code never came while the user waited for it. */
  gaveUp: boolean;
}

/** One message as the provider took it. */
export interface MessageRecord {
  channel: Channel;
  /** The node that sent it, known by its sender. */
  node: string;
  to: string;
  code: string;
  /** SES's tags and an SMTP mail's Message-ID name the delivery; SENS does not know it. */
  deliveryId: string | null;
  /** Only SES is told. */
  verificationId: string | null;
  providerMessageId: string;
  /** When the call came, and when the message was taken. */
  arrivedAt: number;
  takenAt: number;
  /** The provider cut the connection after it took the message, or the sender had waited long enough by then. */
  answerLost: boolean;
}

export type FaultKind =
  | 'kill'
  | 'stop'
  | 'outage'
  | 'slow'
  | 'lost-answers'
  | 'refused-connections'
  | 'smtp-stall'
  | 'database-restart'
  | 'lock'
  | 'clock';

export interface FaultRecord {
  kind: FaultKind;
  /** The node or table it struck, or null. */
  target: string | null;
  from: number;
  to: number;
}

/** All that was seen from outside during one campaign. */
export class Journal {
  startedAt = Date.now();
  /** When the load ended and when the queue was empty. */
  loadEndedAt = 0;
  drainedAt = 0;
  /** On SQLite leases end by the clock of the one node, which the campaign moves; else by the database's own. */
  leasesByNodeClock = false;
  readonly calls: CallRecord[] = [];
  readonly users: UserRecord[] = [];
  readonly messages: MessageRecord[] = [];
  readonly faults: FaultRecord[] = [];
}

/** How many messages SES, the SMTP server and SENS took, in this order. */
export function takenBy(messages: readonly MessageRecord[]): string {
  const count = (which: (message: MessageRecord) => boolean) => messages.filter(which).length;
  const mail = (bySes: boolean) =>
    count(({ channel, verificationId }) => channel === 'EMAIL' && (verificationId !== null) === bySes);
  return [mail(true), mail(false), count(({ channel }) => channel === 'SMS')].join(', ');
}
