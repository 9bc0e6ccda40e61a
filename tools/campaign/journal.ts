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
  /** The error code of a refusal, or the failure. */
  detail: string | null;
}

/** One verification as its user saw it. */
export interface UserRecord {
  number: number;
  channel: Channel;
  to: string;
  /** Every id returned to requests under the user's idempotency key. */
  ids: Set<string>;
  answeredAt: number | null;
  resendsAnswered: number;
  /** `attemptsRemaining` of every WRONG_CODE answer. */
  wrongAnswers: number[];
  /** Wrong attempts without an answer. Each may or may not have been counted. */
  attemptsUnanswered: number;
  /** Right codes without an answer. Each may or may not have been accepted. */
  winsUnanswered: number;
  /** Idempotency keys under which the code was accepted, and under how many proofs. */
  wins: Set<string>;
  /** Whether the code did not arrive while the user waited for it. */
  gaveUp: boolean;
}

/** One message as the provider accepted it. */
export interface MessageRecord {
  channel: Channel;
  /** The node that sent it, known by its sender address. */
  node: string;
  to: string;
  code: string;
  /** Known from SES's tags or the Message-ID of an SMTP mail. SENS does not know it. */
  deliveryId: string | null;
  /** Only SES knows it. */
  verificationId: string | null;
  providerMessageId: string;
  /** When the call arrived, and when the message was accepted. */
  arrivedAt: number;
  takenAt: number;
  /** The provider closed the connection after it accepted the message, or the sender had given up by then. */
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
  /** The node or table concerned, or null. */
  target: string | null;
  from: number;
  to: number;
}

/** Everything that was observed from outside during one campaign. */
export class Journal {
  startedAt = Date.now();
  /** When the load ended and when the queue was empty. */
  loadEndedAt = 0;
  drainedAt = 0;
  /**
   * On SQLite, leases expire by the clock of the node, which the campaign moves; otherwise by the clock of
   * the database.
   */
  leasesByNodeClock = false;
  readonly calls: CallRecord[] = [];
  readonly users: UserRecord[] = [];
  readonly messages: MessageRecord[] = [];
  readonly faults: FaultRecord[] = [];
}

/** How many messages SES, the SMTP server and SENS accepted, in this order. */
export function takenBy(messages: readonly MessageRecord[]): string {
  const count = (which: (message: MessageRecord) => boolean) => messages.filter(which).length;
  const mail = (bySes: boolean) =>
    count(({ channel, verificationId }) => channel === 'EMAIL' && (verificationId !== null) === bySes);
  return [mail(true), mail(false), count(({ channel }) => channel === 'SMS')].join(', ');
}
