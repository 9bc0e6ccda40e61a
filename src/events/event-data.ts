import { maskRecipient } from '../recipients/recipient';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type ClaimedEvent } from './claim-events';

/** What an event contains: not the code, the full recipient or the proof. */
export function eventData(event: ClaimedEvent, vault: RecipientVault): object {
  const { verificationId, deliveryId, channel, purpose, recipient_sealed, status, failure } = event;
  const recipient = maskRecipient(vault.open({ id: verificationId, channel, recipient_sealed }));
  return {
    verificationId,
    ...(deliveryId === null ? {} : { deliveryId }),
    channel,
    purpose,
    recipient,
    status,
    ...(failure === null ? {} : { failure }),
  };
}
