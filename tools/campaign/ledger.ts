import { type DatabaseView, type DeliveryRow, type VerificationRow } from './database-view';
import { type Duplicate, EXPLANATIONS, findDuplicates, findRushedCopies } from './duplicates';
import { grouped } from './grouped';
import { type Journal, type MessageRecord, takenBy, type UserRecord } from './journal';

/** One line of the ledger, with its breaches. */
export interface Entry {
  title: string;
  count: number | string;
  /** The breaches, one text per row; null for a line that only reports a figure. */
  breaches: string[] | null;
}

export interface Ledger {
  entries: Entry[];
  breached: boolean;
}

const MAX_ATTEMPTS = 5;
/** Valid reasons for not sending a message: its code had ended by then. */
const RIGHT_REASONS = ['NO_LONGER_NEEDED', 'EXPIRED'];

/** What a node stores as the last error when the answer of a provider did not arrive in time. */
const NO_ANSWER = /did not answer|the connection to the SMTP server was lost/;

/** All data after a campaign, prepared for comparison. */
interface Books {
  journal: Journal;
  verifications: Map<string, VerificationRow>;
  deliveries: DeliveryRow[];
  deliveriesOf: Map<string, DeliveryRow[]>;
  /** Messages by delivery. */
  copiesOf: Map<string, MessageRecord[]>;
  /**
   * SES and the SMTP server know the delivery. A message of SENS is found by its own id, or by the number if
   * that was lost.
   */
  bySensId: Set<string>;
  userOf: Map<string, UserRecord>;
}

/** Compares what clients saw, what the providers accepted and what the database contains. */
export async function settle(journal: Journal, database: DatabaseView): Promise<Ledger> {
  const books = await open(journal, database);
  const noAnswer = new Set(
    books.deliveries.filter(({ last_error }) => NO_ANSWER.test(last_error ?? '')).map(({ id }) => id),
  );
  const duplicates = findDuplicates(journal, books.copiesOf, noAnswer);
  const entries = [
    ...countCalls(journal),
    ...checkRequests(books),
    ...checkMessages(books),
    ...checkDuplicates(books, duplicates),
    ...checkAttempts(books),
    stuckRows(books),
  ];
  return { entries, breached: entries.some(({ breaches }) => breaches !== null && breaches.length > 0) };
}

async function open(journal: Journal, database: DatabaseView): Promise<Books> {
  const verifications = await database.query<VerificationRow>(
    'SELECT id, status, attempts_remaining FROM verification',
  );
  const deliveries = await database.query<DeliveryRow>(
    `SELECT id, verification_id, channel, status, failure, provider_message_id, due_at, lease_owner, last_error FROM delivery`,
  );
  const deliveriesOf = grouped(deliveries, (row) => row.verification_id);
  const userOf = new Map<string, UserRecord>();
  for (const user of journal.users) for (const id of user.ids) userOf.set(id, user);
  const byNumber = deliveriesByNumber(journal, deliveries, deliveriesOf);
  const deliveryOf = (message: MessageRecord) =>
    message.deliveryId ?? byNumber.get(message.to) ?? `of nobody: ${message.to}`;
  return {
    journal,
    verifications: new Map(verifications.map((row) => [row.id, row])),
    deliveries,
    deliveriesOf,
    copiesOf: grouped(journal.messages, deliveryOf),
    bySensId: new Set(journal.messages.map(({ providerMessageId }) => providerMessageId)),
    userOf,
  };
}

/**
 * Each number requests one code, so it identifies one delivery: the one whose verification was returned to
 * its user, or, if the answer was lost, the one that has the provider's id of a message to the number.
 */
function deliveriesByNumber(
  { messages, users }: Journal,
  deliveries: readonly DeliveryRow[],
  deliveriesOf: Map<string, DeliveryRow[]>,
): Map<string, string> {
  const byNumber = new Map<string, string>();
  const sms = messages.filter(({ channel }) => channel === 'SMS');
  const numberOf = new Map(sms.map(({ providerMessageId, to }) => [providerMessageId, to]));
  for (const { id, provider_message_id } of deliveries) {
    const number = numberOf.get(provider_message_id ?? '');
    if (number !== undefined) byNumber.set(number, id);
  }
  for (const { channel, to, ids } of users) {
    const delivery = deliveriesOf.get([...ids][0]!)?.[0];
    if (channel === 'SMS' && delivery) byNumber.set(to, delivery.id);
  }
  return byNumber;
}

function countCalls({ calls }: Journal): Entry[] {
  const count = (end: string) => calls.filter((call) => call.end === end).length;
  const internal = calls
    .filter(({ end }) => end === 'internal')
    .map(({ at, operation, node }) => `${operation} at ${node}, ${new Date(at).toISOString()}`);
  return [
    { title: 'calls answered', count: count('answered'), breaches: null },
    { title: 'calls refused with a code', count: count('refused'), breaches: null },
    {
      title: 'calls without an answer (node dead, stopped or late)',
      count: count('unreachable'),
      breaches: null,
    },
    { title: 'calls answered with an internal error', count: internal.length, breaches: internal },
  ];
}

function checkRequests({ journal, verifications, deliveriesOf, copiesOf, bySensId }: Books): Entry[] {
  const split = journal.users
    .filter(({ ids }) => ids.size !== 1)
    .map(({ to, ids }) => `${to}: ${[...ids].join()}`);
  const lost: string[] = [];
  const reasons = new Map<string, number>();
  let atProvider = 0;
  for (const user of journal.users) {
    const id = [...user.ids][0]!;
    const rows = deliveriesOf.get(id) ?? [];
    if (!verifications.has(id)) lost.push(`${id} (${user.to}) was answered and is not in the database`);
    if (rows.length < 1 + user.resendsAnswered)
      lost.push(`${id}: ${rows.length} deliveries for ${user.resendsAnswered + 1} answers`);
    for (const row of rows) {
      const sent =
        copiesOf.has(row.id) &&
        (row.channel === 'EMAIL' || row.failure !== null || bySensId.has(row.provider_message_id ?? ''));
      if (sent) atProvider++;
      else if (RIGHT_REASONS.includes(row.failure ?? '') && hasEnded(verifications.get(id)))
        reasons.set(row.failure!, (reasons.get(row.failure!) ?? 0) + 1);
      else
        lost.push(`${id}: delivery ${row.id} is ${row.status} ${row.failure ?? ''} and not at the provider`);
    }
  }
  const recorded = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ');
  return [
    { title: 'requests answered', count: journal.users.length, breaches: null },
    { title: 'requests repeated that made a second verification', count: split.length, breaches: split },
    { title: 'their messages at the provider', count: atProvider, breaches: null },
    { title: 'messages not needed any more, as recorded', count: recorded || 0, breaches: null },
    { title: 'messages lost', count: lost.length, breaches: lost },
  ];
}

/** Verified, canceled, or without attempts left: its code is not usable any more. */
function hasEnded(row: VerificationRow | undefined): boolean {
  return row !== undefined && (row.status !== 'PENDING' || row.attempts_remaining === 0);
}

function checkMessages({ journal, deliveries, verifications, copiesOf, userOf }: Books): Entry[] {
  const known = new Set(deliveries.map(({ id }) => id));
  const orphans = [...copiesOf]
    .filter(([deliveryId]) => !known.has(deliveryId))
    .map(([deliveryId, [copy]]) => `${deliveryId} to ${copy!.to} was sent and is not in the database`);
  const verificationOf = new Map(deliveries.map(({ id, verification_id }) => [id, verification_id]));
  const codes = grouped(
    journal.messages,
    ({ verificationId, deliveryId, to }) => verificationId ?? verificationOf.get(deliveryId ?? '') ?? to,
  );
  const changed = [...codes]
    .filter(([, messages]) => new Set(messages.map(({ code }) => code)).size > 1)
    .map(([id]) => `${id} got different codes`);
  const late = journal.users.filter(({ gaveUp }) => gaveUp).length;
  const unasked = [...verifications.keys()].filter((id) => !userOf.has(id)).length;
  return [
    { title: 'messages sent without a row', count: orphans.length, breaches: orphans },
    { title: 'verifications with two codes', count: changed.length, breaches: changed },
    { title: 'users who gave up waiting for the code', count: late, breaches: null },
    { title: 'verifications kept whose answer never reached a client', count: unasked, breaches: null },
    { title: 'deliveries at the providers', count: copiesOf.size, breaches: null },
    { title: 'messages taken by SES, SMTP, SENS', count: takenBy(journal.messages), breaches: null },
  ];
}

function checkDuplicates({ journal, copiesOf }: Books, duplicates: Duplicate[]): Entry[] {
  const copies = duplicates.reduce((sum, duplicate) => sum + duplicate.copies.length - 1, 0);
  const because = (reason: string) =>
    duplicates.flatMap((one) => one.explanations).filter((one) => one === reason).length;
  const unexplained = duplicates
    .filter((one) => one.explanations.length < one.copies.length - 1)
    .map(
      (one) =>
        `${one.deliveryId}: ${one.copies.map((copy) => `${copy.channel} ${copy.node} ${copy.takenAt - journal.startedAt} ms`).join(', ')}`,
    );
  const rushed = findRushedCopies(journal, copiesOf);
  return [
    { title: 'messages sent again', count: copies, breaches: null },
    ...EXPLANATIONS.map((reason) => ({
      title: `  because: ${reason}`,
      count: because(reason),
      breaches: null,
    })),
    { title: '  without explanation', count: unexplained.length, breaches: unexplained },
    { title: 'copies too soon after lost answers', count: rushed.length, breaches: rushed },
  ];
}

function checkAttempts({ journal, verifications }: Books): Entry[] {
  const twice: string[] = [];
  const exceeded: string[] = [];
  const forgotten: string[] = [];
  let won = 0;
  for (const user of journal.users) {
    const id = [...user.ids][0]!;
    const row = verifications.get(id);
    if (user.wins.size > 1) twice.push(`${id}: ${[...user.wins].join(', ')}`);
    const answered = user.wrongAnswers.length + (user.wins.size > 0 ? 1 : 0);
    if (answered > MAX_ATTEMPTS || new Set(user.wrongAnswers).size < user.wrongAnswers.length)
      exceeded.push(`${id}: ${user.wrongAnswers.join()} left, ${user.wins.size} won`);
    if (!row) continue;
    const counted = MAX_ATTEMPTS - row.attempts_remaining;
    if (counted < answered || counted > answered + user.attemptsUnanswered + user.winsUnanswered)
      forgotten.push(`${id}: ${counted} attempts counted, ${answered} answered`);
    if (row.status === 'VERIFIED') won++;
    if (
      user.wins.size > 0 !== (row.status === 'VERIFIED') &&
      (user.wins.size > 0 || user.winsUnanswered === 0)
    )
      forgotten.push(`${id}: ${row.status}, and ${user.wins.size} proofs were returned`);
  }
  return [
    { title: 'verified', count: won, breaches: null },
    { title: 'verifications won twice', count: twice.length, breaches: twice },
    { title: 'limits of wrong attempts exceeded', count: exceeded.length, breaches: exceeded },
    { title: 'answered attempts that are not stored', count: forgotten.length, breaches: forgotten },
  ];
}

function stuckRows({ deliveries }: Books): Entry {
  const stuck = deliveries
    .filter(
      ({ status, due_at, lease_owner }) => status === 'QUEUED' || due_at !== null || lease_owner !== null,
    )
    .map(({ id, status, lease_owner }) => `${id}: ${status}, lease ${lease_owner ?? 'none'}`);
  return { title: 'deliveries stuck in the queue', count: stuck.length, breaches: stuck };
}
