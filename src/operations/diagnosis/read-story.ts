import { type Database } from '../../database/database';
import { isStorable } from '../../database/storable-text';
import { type Channel } from '../../recipients/channel';
import { type Recipient } from '../../recipients/recipient';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { TIME_DIGITS } from '../../limits/recipient-limits';
import { DAY_MS } from '../../shared/clock';
import { findSends } from '../delivery-sends';
import { decodeCause } from '../refusals/refusal-cause';
import { listRefusals } from '../refusals/refusal.repository';
import { type Suppressions } from '../suppression/suppressions';
import {
  type Story,
  type StoryDelivery,
  type StoryRefusal,
  type StoryStatus,
  type StoryVerification,
} from './story.types';

/** Whose story is read: a recipient's, or one verification's. */
export type Subject = { recipient: Recipient } | { verificationId: string };

export interface ReadStoryDeps {
  database: Database;
  vault: RecipientVault;
  suppressions: Pick<Suppressions, 'find'>;
}

/** The most verifications of a story, so that a recipient with thousands of them does not fill the memory. */
const MAX_VERIFICATIONS = 200;
const MAX_REFUSALS = 200;

interface VerificationRow {
  id: string;
  channel: Channel;
  purpose: string;
  recipient_sealed: string;
  status: 'PENDING' | 'VERIFIED' | 'CANCELED';
  attempts_remaining: number;
  created_at: number;
  expires_at: number;
  settled_at: number | null;
  now: number;
}

const COLUMNS = `id, channel, purpose, recipient_sealed, status, attempts_remaining, created_at, expires_at, settled_at,
  now_ms() AS now`;

/**
 * Reads what is stored about a recipient or a verification.
 *
 * @param lastDay true: only what happened in the last 24 hours.
 */
export async function readStory(deps: ReadStoryDeps, subject: Subject, lastDay: boolean): Promise<Story> {
  const { database, vault, suppressions } = deps;
  const ofVerification = 'verificationId' in subject;
  const now = await readClock(database);
  const since = lastDay ? now - DAY_MS : 0;
  const { rows, isFull } = ofVerification
    ? { rows: await readVerification(database, subject.verificationId), isFull: false }
    : await readVerifications(deps, subject.recipient, { since });
  const recipient = ofVerification ? (rows[0] ? vault.open(rows[0]) : null) : subject.recipient;
  const kept = rows.slice(0, MAX_VERIFICATIONS).reverse();
  return {
    now,
    recipient,
    ofVerification,
    verifications: await withDeliveries(database, kept),
    refusals: recipient ? await readRefusals(deps, recipient, since) : [],
    wrongAttempts: recipient ? await readWrongAttempts(deps, recipient, since) : [],
    suppression: recipient && (await suppressions.find(recipient)),
    truncated: isFull || (!ofVerification && lastDay && (await hasOlder(deps, subject.recipient, since))),
  };
}

async function readClock(database: Database): Promise<number> {
  const [row] = await database.read<{ now: number }>('SELECT now_ms() AS now');
  return row!.now;
}

async function readVerification(database: Database, id: string): Promise<VerificationRow[]> {
  // A text that cannot be stored is an unknown id.
  if (!isStorable(id)) return [];
  return database.read<VerificationRow>(`SELECT ${COLUMNS} FROM verification WHERE id = $1`, [id]);
}

/**
 * Newest first. `isFull` is true when there are more than are read. Rows of former versions are stored under the address
 * without its tag, so each is compared.
 */
async function readVerifications(
  { database, vault }: ReadStoryDeps,
  recipient: Recipient,
  { since = 0, before = Number.MAX_SAFE_INTEGER }: { since?: number; before?: number },
): Promise<{ rows: VerificationRow[]; isFull: boolean }> {
  const keys = vault.storedKeys(recipient);
  const places = keys.map((_, index) => `$${index + 4}`).join(', ');
  const rows = await database.read<VerificationRow>(
    `SELECT ${COLUMNS} FROM verification WHERE recipient_key IN (${places}) AND created_at >= $1 AND created_at < $2
     ORDER BY created_at DESC, id DESC LIMIT $3`,
    [since, before, MAX_VERIFICATIONS + 1, ...keys],
  );
  const key = vault.key(recipient);
  return {
    rows: rows.filter((row) => vault.key(vault.open(row)) === key),
    isFull: rows.length > MAX_VERIFICATIONS,
  };
}

async function hasOlder(deps: ReadStoryDeps, recipient: Recipient, before: number): Promise<boolean> {
  const { rows, isFull } = await readVerifications(deps, recipient, { before });
  return rows.length > 0 || isFull;
}

async function withDeliveries(
  database: Database,
  rows: readonly VerificationRow[],
): Promise<StoryVerification[]> {
  const deliveries = await readDeliveries(
    database,
    rows.map(({ id }) => id),
  );
  const sends = await findSends(database, deliveries);
  return rows.map((row) => ({
    id: row.id,
    channel: row.channel,
    purpose: row.purpose,
    status: statusOf(row),
    attemptsRemaining: row.attempts_remaining,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    settledAt: row.settled_at,
    deliveries: deliveries
      .filter(({ verificationId }) => verificationId === row.id)
      .map(({ verificationId: _, ...delivery }) => ({ ...delivery, sends: sends.get(delivery.id)! })),
  }));
}

type DeliveryRow = Omit<StoryDelivery, 'sends'> & { verificationId: string };

async function readDeliveries(
  database: Database,
  verificationIds: readonly string[],
): Promise<DeliveryRow[]> {
  if (verificationIds.length === 0) return [];
  const places = verificationIds.map((_, index) => `$${index + 1}`).join(', ');
  return database.read<DeliveryRow>(
    `SELECT id, verification_id AS "verificationId", status, failure, provider,
       provider_message_id AS "providerMessageId", last_error AS "lastError", created_at AS "createdAt",
       sent_at AS "sentAt", updated_at AS "updatedAt", due_at AS "dueAt"
     FROM delivery WHERE verification_id IN (${places}) ORDER BY created_at, id`,
    verificationIds,
  );
}

function statusOf({ status, attempts_remaining: left, expires_at, now }: VerificationRow): StoryStatus {
  if (status !== 'PENDING') return status;
  if (left === 0) return 'LOCKED';
  return expires_at <= now ? 'EXPIRED' : 'PENDING';
}

async function readRefusals(
  { database, vault }: ReadStoryDeps,
  recipient: Recipient,
  since: number,
): Promise<StoryRefusal[]> {
  const rows = await listRefusals(database, vault.key(recipient), MAX_REFUSALS, null);
  return rows
    .filter((row) => row.last_at >= since)
    .map((row) => ({ ...decodeCause(row.reason), count: row.count, lastAt: row.last_at }))
    .reverse();
}

async function readWrongAttempts(
  { database, vault }: ReadStoryDeps,
  recipient: Recipient,
  since: number,
): Promise<number[]> {
  const [row] = await database.read<{ times: string }>('SELECT guesses AS times FROM budget WHERE key = $1', [
    vault.limitKey(recipient),
  ]);
  const digits = new RegExp(`\\d{${TIME_DIGITS}}`, 'g');
  const times = (row?.times.match(digits) ?? []).map(Number);
  return times.filter((time) => time >= since).reverse();
}
