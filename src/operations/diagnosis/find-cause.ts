import { type DeliveryFailure } from '../../channels/provider.types';
import { nameOfRefusal, nextStepAfterRefusal } from './next-step-after-refusal';
import { type Story, type StoryDelivery, type StoryRefusal, type StoryVerification } from './story.types';

/** Why a user did not get, or could not use, a code. */
export type DiagnosisCause =
  | 'NO_REQUEST'
  | 'UNKNOWN_VERIFICATION'
  | 'SUPPRESSED'
  | 'REFUSED'
  | 'WAITING'
  | 'PROVIDERS_FAIL'
  | 'NO_RECEIPT'
  | 'ARRIVED'
  | 'INVALID_RECIPIENT'
  | 'UNREACHABLE'
  | 'BLOCKED'
  | 'SENDER_REFUSED'
  | 'ENDED_BEFORE_SENDING'
  | 'WRONG_CODES'
  | 'CANCELED'
  | 'FIXED_CODE'
  | 'VERIFIED';

export interface Cause {
  cause: DiagnosisCause;
  /** What happened, in one sentence. */
  explanation: string;
  /** What the operator can do, in one sentence. */
  nextStep: string;
}

/** Limits whose refusals only say that a message is on its way already. */
const HARMLESS_LIMITS: ReadonlySet<string | null> = new Set(['RESEND_COOLDOWN']);

/** Finds the likely cause in a story. The latest request decides, unless a refusal came after it. */
export function findCause(story: Story): Cause {
  const { recipient, ofVerification, suppression, verifications, refusals } = story;
  if (recipient === null)
    return {
      cause: 'UNKNOWN_VERIFICATION',
      explanation: 'No verification with this id is stored.',
      nextStep:
        'Check the id. A verification is deleted after RETENTION_DAYS, and when its recipient is erased.',
    };
  const latest = verifications.at(-1) ?? null;
  if (
    suppression !== null &&
    (latest === null || latest.createdAt <= suppression.createdAt || !ofVerification)
  )
    return suppressedCause(suppression.cause);
  const refusal = ofVerification ? null : refusalAfter(refusals, latest);
  if (refusal !== null) return refusedCause(refusal);
  if (latest === null)
    return {
      cause: 'NO_REQUEST',
      explanation: 'No request for this recipient was accepted or refused in this time.',
      nextStep:
        'Ask the user for the exact address or number that they typed, and look for errors of the front end before the request.',
    };
  return causeOf(latest);
}

function suppressedCause(cause: string): Cause {
  const because: Record<string, string> = {
    BOUNCE: 'an e-mail to it bounced for good',
    COMPLAINT: 'the recipient complained about an e-mail',
    OPERATOR: 'an operator suppressed it',
  };
  return {
    cause: 'SUPPRESSED',
    explanation: `The recipient is suppressed, because ${because[cause]}. Nothing is sent to it.`,
    nextStep:
      'If the address is right, remove it with unsuppressRecipient, and let the user request a code again.',
  };
}

function refusalAfter(
  refusals: readonly StoryRefusal[],
  latest: StoryVerification | null,
): StoryRefusal | null {
  const counted = refusals.filter(({ limit }) => latest === null || !HARMLESS_LIMITS.has(limit));
  const last = counted.reduce<StoryRefusal | null>(
    (newest, one) => (newest === null || one.lastAt > newest.lastAt ? one : newest),
    null,
  );
  const since = latest === null ? 0 : Math.max(latest.createdAt, latest.settledAt ?? 0);
  return last !== null && last.lastAt > since ? last : null;
}

function refusedCause(refusal: StoryRefusal): Cause {
  const { count } = refusal;
  const times = count === 1 ? 'once' : `${count} times in that hour`;
  return {
    cause: 'REFUSED',
    explanation: `The latest request was refused by ${nameOfRefusal(refusal)} (${times}), so nothing was sent.`,
    nextStep: nextStepAfterRefusal(refusal),
  };
}

function causeOf(verification: StoryVerification): Cause {
  const { status, deliveries } = verification;
  if (status === 'VERIFIED')
    return {
      cause: 'VERIFIED',
      explanation: 'The code arrived and was verified.',
      nextStep:
        'Nothing is wrong here. If the user is still stuck, check what your application did with the proof.',
    };
  const delivery = deliveries.at(-1)!;
  if (delivery.provider === 'none')
    return {
      cause: 'FIXED_CODE',
      explanation: 'The recipient is in TEST_RECIPIENTS, so its code is fixed and nothing is sent.',
      nextStep: 'Enter the code that TEST_RECIPIENTS names, or remove the recipient from that setting.',
    };
  if (status === 'LOCKED')
    return {
      cause: 'WRONG_CODES',
      explanation: `Wrong codes used up all attempts. The message is ${delivery.status}.`,
      nextStep:
        'Let the user request a new code. Many locked verifications of one recipient can be an attack.',
    };
  if (status === 'CANCELED' && delivery.status !== 'FAILED')
    return {
      cause: 'CANCELED',
      explanation:
        'The verification was canceled by the front end, usually because the user changed the recipient.',
      nextStep: 'Let the user request a new code.',
    };
  return causeOfDelivery(delivery, status === 'EXPIRED');
}

function causeOfDelivery(delivery: StoryDelivery, isExpired: boolean): Cause {
  const expired = isExpired ? ' The code has expired meanwhile; let the user request a new one.' : '';
  switch (delivery.status) {
    case 'QUEUED':
      return queued(delivery);
    case 'SENT':
      return {
        cause: 'NO_RECEIPT',
        explanation: `${delivery.provider} accepted the message and has not reported whether it arrived.${expired}`,
        nextStep:
          'Let the user check the spam folder, or that the phone is on. For SES, events must be set up: docs/guides/ses.md.',
      };
    case 'DELIVERED':
      return {
        cause: 'ARRIVED',
        explanation: `${delivery.provider} reported that the message arrived, and no right code was entered.${expired}`,
        nextStep:
          'Let the user check the spam folder or the blocked messages of the phone, and compare the recipient letter by letter.',
      };
    case 'FAILED':
      return failed(delivery.failure!, delivery);
  }
}

function queued({ lastError, dueAt, sends }: StoryDelivery): Cause {
  if (sends.length === 0)
    return {
      cause: 'WAITING',
      explanation: 'The message waits to be sent. No provider has been called yet.',
      nextStep:
        'Run `npx injeung doctor`, and check that a server is running: injeung_queue_depth shows the queue.',
    };
  return {
    cause: 'PROVIDERS_FAIL',
    explanation: `No provider has accepted the message yet. The last error: ${lastError}.`,
    nextStep: `It is sent again ${dueAt === null ? 'soon' : 'by itself'} until the code expires. Run \`npx injeung doctor\` to check the providers.`,
  };
}

const FAILURES: Record<Exclude<DeliveryFailure, 'EXPIRED' | 'NO_LONGER_NEEDED'>, [string, string]> = {
  INVALID_RECIPIENT: [
    'The address or number does not exist, or cannot receive such messages.',
    'Ask the user to correct it.',
  ],
  UNREACHABLE: [
    'The recipient exists but could not be reached: the handset was off, or the mailbox is full.',
    'Let the user try again later, or use the other channel.',
  ],
  BLOCKED: [
    'The recipient, the carrier or the provider blocks messages from this sender.',
    'Let the user unblock the sender, or use the other channel.',
  ],
  SENDER_REFUSED: [
    'Every provider refused the account, the sender or the content.',
    'Only you can correct this: run `npx injeung doctor`, and read the provider’s own words below.',
  ],
};

function failed(failure: DeliveryFailure, { lastError }: StoryDelivery): Cause {
  if (failure === 'NO_LONGER_NEEDED')
    return {
      cause: 'ENDED_BEFORE_SENDING',
      explanation: 'The code was used, locked or canceled before the message was sent, so it was not sent.',
      nextStep: 'Let the user request a new code.',
    };
  if (failure === 'EXPIRED')
    return {
      cause: 'PROVIDERS_FAIL',
      explanation: `No provider accepted the message before the code expired. The last error: ${lastError ?? 'none'}.`,
      nextStep: 'Run `npx injeung doctor` to check the providers, and let the user request a new code.',
    };
  const [explanation, nextStep] = FAILURES[failure];
  const words = lastError === null ? '' : ` The last error: ${lastError}.`;
  return { cause: failure, explanation: `${explanation}${words}`, nextStep };
}
