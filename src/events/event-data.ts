import { maskRecipient, type Recipient } from '../recipients/recipient';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type ClaimedEvent } from './claim-events';

/**
 * What an event contains: not the code, the full recipient or the proof. Null when the recipient was erased, or is not
 * suppressed any more.
 */
export function eventData(event: ClaimedEvent, vault: RecipientVault): object | null {
  const recipient = recipientOf(event, vault);
  if (recipient === null) return null;
  const { verificationId, deliveryId, channel, purpose, status, failure } = event;
  const optional = {
    verificationId,
    deliveryId,
    channel,
    purpose,
    recipient: maskRecipient(recipient),
    status,
    failure,
  };
  return Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null));
}

function recipientOf(event: ClaimedEvent, vault: RecipientVault): Recipient | null {
  const { verificationId, suppressionKey, channel, recipient_sealed } = event;
  if (recipient_sealed === null || channel === null) return null;
  if (verificationId !== null) return vault.open({ id: verificationId, channel, recipient_sealed });
  return suppressionKey === null
    ? null
    : vault.openSuppressed({ key: suppressionKey, channel, recipient_sealed });
}
