import { type LoggedSend } from '../delivery-sends';
import { nameOfRefusal } from './next-step-after-refusal';
import { type Story, type StoryDelivery, type StoryRefusal, type StoryVerification } from './story.types';

export type TimelineKind =
  'REQUEST' | 'RESEND' | 'REFUSAL' | 'SEND' | 'RECEIPT' | 'ATTEMPT' | 'END' | 'SUPPRESSION';

/** One thing that happened. */
export interface TimelineEntry {
  /** Epoch milliseconds. */
  at: number;
  kind: TimelineKind;
  text: string;
  verificationId: string | null;
}

/** What happened, oldest first. */
export function timelineOf(story: Story): TimelineEntry[] {
  const entries = [
    ...story.verifications.flatMap(verificationEntries),
    ...story.refusals.map(refusalEntry),
    ...story.wrongAttempts.map((at) => entry(at, 'ATTEMPT', 'a wrong code was entered')),
  ];
  const { suppression } = story;
  if (suppression !== null)
    entries.push(
      entry(
        suppression.createdAt,
        'SUPPRESSION',
        `suppressed: ${suppression.cause}`,
        suppression.verificationId,
      ),
    );
  return entries.filter(({ at }) => at <= story.now).sort((one, other) => one.at - other.at);
}

function entry(
  at: number,
  kind: TimelineKind,
  text: string,
  verificationId: string | null = null,
): TimelineEntry {
  return { at, kind, text, verificationId };
}

function refusalEntry(refusal: StoryRefusal): TimelineEntry {
  const { lastAt, count } = refusal;
  const times = count > 1 ? `, ${count} times in that hour` : '';
  return entry(lastAt, 'REFUSAL', `refused by ${nameOfRefusal(refusal)}${times}`);
}

function verificationEntries(verification: StoryVerification): TimelineEntry[] {
  const { id, channel, purpose, createdAt, deliveries } = verification;
  const [first, ...resends] = deliveries;
  const entries = [
    entry(createdAt, 'REQUEST', `a code by ${channel} for ${purpose} was requested`, id),
    ...(first ? deliveryEntries(first, id) : []),
    ...resends.flatMap((delivery) => [
      entry(delivery.createdAt, 'RESEND', 'the code was requested again', id),
      ...deliveryEntries(delivery, id),
    ]),
  ];
  const end = endOf(verification);
  if (end !== null) entries.push(entry(end.at, 'END', end.text, id));
  return entries;
}

function endOf({ status, settledAt, expiresAt }: StoryVerification): { at: number; text: string } | null {
  if (status === 'VERIFIED') return { at: settledAt!, text: 'the right code was entered' };
  if (status === 'CANCELED') return { at: settledAt!, text: 'the verification was canceled' };
  if (status === 'EXPIRED') return { at: expiresAt, text: 'the code expired' };
  return null;
}

function deliveryEntries(delivery: StoryDelivery, verificationId: string): TimelineEntry[] {
  const entries = delivery.sends.map((send) => entry(send.endedAt, 'SEND', sendText(send), verificationId));
  const { status, failure, updatedAt, sends, provider } = delivery;
  const last = sends.at(-1);
  const isReported = last?.result === 'DELIVERED' || last?.result === 'NOT_DELIVERED';
  if (isReported && updatedAt >= last.endedAt)
    entries.push(
      entry(updatedAt, 'RECEIPT', `${last.provider} reported: ${receiptText(last)}`, verificationId),
    );
  else if (status === 'FAILED' && provider !== 'none')
    entries.push(entry(updatedAt, 'END', `the message failed: ${failure}`, verificationId));
  return entries;
}

function sendText({ provider, result, failure, detail }: LoggedSend): string {
  const words = detail === null ? '' : `: ${detail}`;
  switch (result) {
    case 'ACCEPTED':
    case 'DELIVERED':
      return `${provider} accepted the message`;
    case 'NOT_DELIVERED':
      return `${provider} accepted the message, and it did not arrive (${failure})${words}`;
    case 'REFUSED':
      return `${provider} refused the message (${failure})${words}`;
    case 'TEMPORARY_ERROR':
      return `${provider} could not accept the message${words}`;
    case 'UNKNOWN':
      return `${provider} gave no usable answer${words}`;
    case 'SKIPPED':
      return `${provider} was skipped${words}`;
  }
}

function receiptText({ result, failure }: LoggedSend): string {
  return result === 'DELIVERED' ? 'the message arrived' : `the message did not arrive (${failure})`;
}
