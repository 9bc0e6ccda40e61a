import { type OutgoingMessage } from '../channels/provider.types';

/** Where the queue gets a message's recipient and text from, at the moment it is sent. */
export interface MessageSource {
  /** The message, or why it must not be sent any more. */
  message(
    verificationId: string,
    deliveryId: string,
  ): Promise<OutgoingMessage | 'EXPIRED' | 'NO_LONGER_NEEDED'>;
}
