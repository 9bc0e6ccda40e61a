import { type OutgoingMessage } from '../channels/provider.types';

/** A message to send now, or why it must not be sent any more. */
export type ComposedMessage = OutgoingMessage | 'EXPIRED' | 'NO_LONGER_NEEDED';

/** Composes the message of a delivery at the moment it is sent. `src/verification` implements it. */
export interface MessageSource {
  message(verificationId: string, deliveryId: string): Promise<ComposedMessage>;
}
