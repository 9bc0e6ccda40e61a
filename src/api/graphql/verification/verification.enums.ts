import { type DeliveryFailure as FailureValue } from '../../../channels/provider.types';
import { type Channel as ChannelValue } from '../../../recipients/channel';
import { type DeliveryStatus as DeliveryStatusValue } from '../../../delivery/delivery.entity';
import {
  type VerificationStatus as StatusValue,
  type VerifyRefusal,
} from '../../../verification/verification.types';
import { enumOf } from '../enum-of';

export const Channel = enumOf<ChannelValue>('Channel', 'How a code reaches its recipient.', {
  EMAIL: 'By e-mail.',
  SMS: 'By text message.',
});

export const VerificationStatus = enumOf<StatusValue>('VerificationStatus', 'Where a verification stands.', {
  PENDING: 'A code is out and can be checked or sent again.',
  VERIFIED: 'The right code was given. A code is good once.',
  EXPIRED: "The code's life is over. Request a new one.",
  LOCKED: 'All tries were used up by wrong codes. Request a new one.',
  CANCELED: 'It was canceled. Request a new one.',
});

export const DeliveryStatus = enumOf<DeliveryStatusValue>('DeliveryStatus', 'Where a message stands.', {
  QUEUED: 'It will be sent in a moment, or is being tried again.',
  SENT: 'A provider has taken it; whether it arrived is not known yet.',
  DELIVERED: 'It arrived at the mailbox or handset.',
  FAILED: 'It will not arrive; `failure` says why.',
});

export const DeliveryFailure = enumOf<FailureValue>(
  'DeliveryFailure',
  'Why a message will not arrive, as far as a front end can act on it.',
  {
    INVALID_RECIPIENT: 'No such address or number. Ask the user to check it.',
    UNREACHABLE:
      'It exists but cannot be reached now (handset off, mailbox full). Try later or the other channel.',
    BLOCKED: 'The recipient or their carrier refuses messages from this sender. Offer the other channel.',
    SENDER_REFUSED:
      "Every provider refused this service's account, settings or content. Only the operator can help.",
    EXPIRED: 'No provider took it before the code expired. Request a new one.',
    NO_LONGER_NEEDED: 'The code was used, locked or canceled before the message left.',
  },
);

export const RefusalReason = enumOf<VerifyRefusal>(
  'RefusalReason',
  'Why a code was refused. Where several fit, the first in the order of ALREADY_USED, CANCELED, LOCKED, EXPIRED, WRONG_CODE.',
  {
    WRONG_CODE: 'Not the code. `attemptsRemaining` tries are left; with 0 the verification is locked.',
    EXPIRED: "The code's life is over. Request a new one.",
    LOCKED: 'All tries were used up before. Request a new one.',
    ALREADY_USED: 'The code was used before; a code is good once.',
    CANCELED: 'The verification was canceled. Request a new one.',
    NOT_FOUND: 'There is no such verification: a wrong id, or one purged long ago.',
  },
);
