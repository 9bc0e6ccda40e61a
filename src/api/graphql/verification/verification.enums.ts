import { type DeliveryFailure as FailureValue } from '../../../channels/provider.types';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type DeliveryStatus as DeliveryStatusValue } from '../../../delivery/delivery.entity';
import { type SendResult as SendResultValue } from '../../../delivery/send.entity';
import {
  type VerificationStatus as StatusValue,
  type VerifyRefusal,
} from '../../../verification/verification.types';
import { enumOf } from '../enum-of';

export const Channel = enumOf<ChannelValue>('Channel', 'The channel through which a code is sent.', {
  EMAIL: 'E-mail.',
  SMS: 'A message to a mobile number: an SMS, or with the provider `sens-alimtalk` a KakaoTalk message.',
});

export const VerificationStatus = enumOf<StatusValue>('VerificationStatus', 'The status of a verification.', {
  PENDING: 'The code can be verified and sent again.',
  VERIFIED: 'The correct code was entered. The same code is not accepted again.',
  EXPIRED: 'The code has expired. Request a new one.',
  LOCKED: 'Wrong codes have used up all attempts. Request a new code.',
  CANCELED: 'The verification was canceled. Request a new code.',
});

export const DeliveryStatus = enumOf<DeliveryStatusValue>('DeliveryStatus', 'The status of a message.', {
  QUEUED:
    'The message waits to be sent: for the first time, after an error, or by the next provider because it did not arrive.',
  SENT: 'A provider accepted the message. It is not known yet whether it arrived.',
  DELIVERED: 'The message arrived: the receiving mail server or the handset accepted it.',
  FAILED: 'Nothing more is sent; `failure` says why. A late report can still make it DELIVERED.',
});

export const SendResult = enumOf<SendResultValue>('SendResult', 'What became of one send of a message.', {
  ACCEPTED: 'The provider accepted the message. It has not reported yet whether the message arrived.',
  DELIVERED: 'The message arrived.',
  NOT_DELIVERED: 'The provider accepted the message and reported later that it did not arrive.',
  REFUSED: 'The provider refused the message for good.',
  TEMPORARY_ERROR: 'The provider could not accept the message at that time.',
  UNKNOWN: 'The provider gave no usable answer, so it may have accepted the message.',
  SKIPPED:
    'The provider was not called, because it cannot send this message: for example, it has no template in the language.',
});

export const DeliveryFailure = enumOf<FailureValue>(
  'DeliveryFailure',
  'Why a message will not arrive, and what a front end can do about it.',
  {
    INVALID_RECIPIENT: 'The address or number does not exist. Ask the user to correct it.',
    UNREACHABLE:
      'The recipient exists but cannot be reached now, for example because the handset is off or the mailbox is full. Offer to try again later or to use the other channel.',
    BLOCKED: 'The recipient or their carrier blocks messages from this sender. Offer the other channel.',
    SENDER_REFUSED:
      'Every provider refused the account, the settings or the content of this service. Only the operator can correct it; offer the other channel.',
    EXPIRED: 'The code expired before the message arrived. Request a new code.',
    NO_LONGER_NEEDED:
      'The code was used, locked or canceled, or the recipient was suppressed, before the message was sent, so it was not sent.',
  },
);

export const CodeRefusal = enumOf<VerifyRefusal>(
  'CodeRefusal',
  'Why a code was refused. If several reasons apply, the first one in this order is returned: ALREADY_USED, CANCELED, LOCKED, EXPIRED, WRONG_CODE.',
  {
    WRONG_CODE:
      'The code is wrong. `attemptsRemaining` says how many attempts are left; at 0 the verification is locked.',
    EXPIRED: 'The code has expired. Request a new one.',
    LOCKED: 'All attempts were used up before this one. Request a new code.',
    ALREADY_USED: 'The code was verified before. Each code is accepted once.',
    CANCELED: 'The verification was canceled. Request a new code.',
    NOT_FOUND:
      'There is no verification with this id: the id is wrong, or the verification was removed after its retention period.',
  },
);
