import { type FaultRecord, type Journal, type MessageRecord } from './journal';

/** Why a message could be sent a second time. */
export const EXPLANATIONS = [
  'answer lost',
  'answer too late, as the sender recorded',
  'sender killed',
  'sender stopped past its lease',
  'clock of the lease set forward past it',
] as const;
export type Explanation = (typeof EXPLANATIONS)[number];

export interface Duplicate {
  deliveryId: string;
  copies: MessageRecord[];
  /** One for each copy but one; fewer when a copy cannot be explained. */
  explanations: Explanation[];
}

/** A node that lives records an outcome within this and its slowest call of that time, in milliseconds. */
const RECORDING_MS = 2_000;
const LEASE_MS = 30_000;
/** The least pause after a second unknown outcome. */
const UNKNOWN_PAUSE_MS = 60_000;
/** A moved clock is noticed at the next look at the queue, a second later on a machine with time. */
const JUMP_SEEN_MS = 5_000;

/**
 * Finds deliveries that were sent more than once, and what explains it.
 *
 * @param noAnswer deliveries of which a node recorded that an answer did not come: that explains one copy.
 */
export function findDuplicates(
  journal: Journal,
  copiesOf: Map<string, MessageRecord[]>,
  noAnswer: ReadonlySet<string>,
): Duplicate[] {
  const found: Duplicate[] = [];
  for (const [deliveryId, copies] of copiesOf) {
    if (copies.length < 2) continue;
    const explained = copies.map((copy) => explain(copy, journal)).filter((one) => one !== null);
    if (noAnswer.has(deliveryId)) explained.push('answer too late, as the sender recorded');
    found.push({ deliveryId, copies, explanations: explained.slice(0, copies.length - 1) });
  }
  return found;
}

/**
 * Finds copies that came too soon: after the second lost answer of a delivery its provider is to have a pause of a
 * minute. Lost answers that the sender may not have recorded, and pauses that a moved clock cut short, do not count.
 */
export function findRushedCopies(journal: Journal, copiesOf: Map<string, MessageRecord[]>): string[] {
  const rushed: string[] = [];
  const disturbed = ({ kind, target }: FaultRecord, node: string) =>
    kind === 'clock' ? journal.leasesByNodeClock : (kind === 'kill' || kind === 'stop') && target === node;
  for (const [deliveryId, copies] of copiesOf) {
    for (const bySes of [true, false]) {
      const lost = copies
        .filter(({ answerLost, verificationId }) => answerLost && (verificationId !== null) === bySes)
        .sort((one, other) => one.arrivedAt - other.arrivedAt);
      for (let index = 2; index < lost.length; index++) {
        const [first, before, copy] = lost.slice(index - 2) as [MessageRecord, MessageRecord, MessageRecord];
        const during = ({ from, to }: FaultRecord) => from <= copy.arrivedAt && to >= first.arrivedAt;
        const excused = journal.faults.some(
          (fault) => during(fault) && (disturbed(fault, first.node) || disturbed(fault, before.node)),
        );
        if (!excused && copy.arrivedAt - before.arrivedAt < UNKNOWN_PAUSE_MS)
          rushed.push(
            `${deliveryId}: copy ${index + 1} ${copy.arrivedAt - before.arrivedAt} ms after the one before`,
          );
      }
    }
  }
  return rushed;
}

/** What kept a copy from being recorded as sent, or null when nothing did. */
function explain(copy: MessageRecord, journal: Journal): Explanation | null {
  if (copy.answerLost) return 'answer lost';
  const recorded = recordedBy(copy, journal);
  const struck = ({ target, from, to }: FaultRecord) =>
    target === copy.node && from <= recorded && to >= copy.arrivedAt;
  // What comes from a node that is dead or stopped was on its way when it was struck.
  if (journal.faults.some((fault) => fault.kind === 'kill' && struck(fault))) return 'sender killed';
  const pastLease = ({ from, to }: FaultRecord) => to - from > LEASE_MS;
  if (journal.faults.some((fault) => fault.kind === 'stop' && pastLease(fault) && struck(fault)))
    return 'sender stopped past its lease';
  const jumped = ({ kind, target, from }: FaultRecord) =>
    kind === 'clock' && target!.includes('+') && from >= copy.arrivedAt - JUMP_SEEN_MS && from <= recorded;
  if (journal.leasesByNodeClock && journal.faults.some(jumped))
    return 'clock of the lease set forward past it';
  return null;
}

/** When the sender has surely recorded what it did, had it lived: later while the database was away or locked. */
function recordedBy({ node, takenAt }: MessageRecord, { calls, faults }: Journal): number {
  const soon = takenAt + RECORDING_MS;
  const beside = calls.filter(
    (call) => call.node === node && call.at <= soon && call.at + call.ms >= takenAt,
  );
  let by = soon + beside.reduce((slowest, { ms }) => Math.max(slowest, ms), 0);
  const away = faults.filter(({ kind }) => kind === 'database-restart' || kind === 'lock');
  for (const { from, to } of away.sort((one, other) => one.from - other.from)) {
    if (from <= by && to >= takenAt) by = Math.max(by, to + RECORDING_MS);
  }
  return by;
}
