import { createHmac, timingSafeEqual } from 'node:crypto';

/** The headers of a signed call (https://www.standardwebhooks.com, "Webhook metadata"). */
export interface WebhookHeaders {
  /** The id of the message: the same on every call about it, so that the receiver can ignore repetitions. */
  'webhook-id': string;
  /** When the call was signed, in seconds since the Unix epoch. */
  'webhook-timestamp': string;
  /** One signature per secret, separated by blanks: `v1,<base64>`. */
  'webhook-signature': string;
}

/** How far the time of a call may be from ours, in seconds. Older calls are replays. */
const TOLERANCE_SECONDS = 5 * 60;
const MIN_KEY_BYTES = 24;
const MAX_KEY_BYTES = 64;

/** Whether a text is a secret of Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes. */
export function isWebhookSecret(text: string): boolean {
  const key = keyOf(text);
  // Node skips what is not base64, so the text must also be what the key is written as.
  const isExact = text === `whsec_${key.toString('base64')}`;
  return isExact && key.length >= MIN_KEY_BYTES && key.length <= MAX_KEY_BYTES;
}

/**
 * Signs a call. While a secret is being replaced, give both: the receiver accepts the call when it knows one of them.
 *
 * @param body exactly as it is sent.
 */
export function signWebhook(
  secrets: readonly string[],
  { id, nowMs, body }: { id: string; nowMs: number; body: string },
): WebhookHeaders {
  const timestamp = String(Math.floor(nowMs / 1000));
  const signatures = secrets.map((secret) => signatureOf(secret, id, timestamp, body));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/**
 * Whether a call was signed with one of the secrets, at most 5 minutes ago or ahead by our clock.
 *
 * @param headers by their names in lower case. Signatures of other versions than `v1` are ignored.
 * @param body exactly as it was received.
 */
export function isSignedWebhook(
  secrets: readonly string[],
  headers: Readonly<Record<string, unknown>>,
  { nowMs, body }: { nowMs: number; body: string | Buffer },
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false;
  const isRecent = Math.abs(Number(timestamp) - Math.floor(nowMs / 1000)) <= TOLERANCE_SECONDS;
  if (id === '' || !/^\d+$/.test(timestamp) || !isRecent) return false;
  const expected = secrets.map((secret) => Buffer.from(signatureOf(secret, id, timestamp, body)));
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  return given.some((one) => expected.some((other) => isEqual(one, other)));
}

function signatureOf(secret: string, id: string, timestamp: string, body: string | Buffer): string {
  const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest('base64')}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** Takes the same time wherever two texts differ. Their lengths are not secret. */
function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
