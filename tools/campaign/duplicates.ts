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
  /** One reason for each copy after the first; fewer when a copy cannot be explained. */
  explanations: Explanation[];
}

/** A running node records an outcome within this time plus its slowest call of that time, in milliseconds. */
const RECORDING_MS = 2_000;
const LEASE_MS = 30_000;
/** The minimum pause after a second unknown outcome. */
const UNKNOWN_PAUSE_MS = 60_000;
/** A moved clock is noticed when the queue is read next, which is a second later on an idle machine. */
const JUMP_SEEN_MS = 5_000;

/**
 * Finds deliveries that were sent more than once, and the reasons.
 *
 * @param noAnswer deliveries for which a node recorded that no answer came. That explains one copy.
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
 * Finds copies that were sent too soon. After the second lost answer of a delivery, its provider must pause
 * for a minute. Lost answers that the sender may not have recorded, and pauses that a moved clock shortened,
 * do not count.
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

/** What prevented a copy from being recorded as sent, or null. */
function explain(copy: MessageRecord, journal: Journal): Explanation | null {
  if (copy.answerLost) return 'answer lost';
  const recorded = recordedBy(copy, journal);
  const struck = ({ target, from, to }: FaultRecord) =>
    target === copy.node && from <= recorded && to >= copy.arrivedAt;
  // A copy from a node that is killed or stopped was already on its way.
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

/**
 * When the sender must have recorded its send, if it was still running. This is later while the database was
 * down or locked.
 */
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
