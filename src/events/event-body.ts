import { maskRecipient } from '../recipients/recipient';
import { type RecipientVault } from '../recipients/recipient-vault';
import { type ClaimedEvent } from './claim-events';

/** The body of an event: JSON without the code, the full recipient and the proof. */
export function eventBody(event: ClaimedEvent, vault: RecipientVault): string {
  const { verificationId, deliveryId, channel, purpose, recipient_sealed, status, failure } = event;
  const recipient = maskRecipient(vault.open({ id: verificationId, channel, recipient_sealed }));
  return JSON.stringify({
    type: event.type,
    timestamp: new Date(event.createdAt).toISOString(),
    data: {
      verificationId,
      ...(deliveryId === null ? {} : { deliveryId }),
      channel,
      purpose,
      recipient,
      status,
      ...(failure === null ? {} : { failure }),
    },
  });
}
