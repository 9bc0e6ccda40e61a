import { type OutgoingMessage } from '../channels/provider.types';

/** A message to send now, or why it must not be sent any more. */
export type ComposedMessage = OutgoingMessage | 'EXPIRED' | 'NO_LONGER_NEEDED';

/** Where the queue gets a message's recipient and text from, at the moment it is sent. */
export interface MessageSource {
  message(verificationId: string, deliveryId: string): Promise<ComposedMessage>;
}
