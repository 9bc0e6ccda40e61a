import { Field, ID, ObjectType } from 'type-graphql';
import { type DiagnosisCause as CauseValue } from '../../../operations/diagnosis/find-cause';
import { type TimelineKind as KindValue } from '../../../operations/diagnosis/timeline';
import { enumOf } from '../enum-of';

const DiagnosisCause = enumOf<CauseValue>(
  'DiagnosisCause',
  'Why a user did not get a code, or could not use it.',
  {
    NO_REQUEST: 'No request for the recipient was accepted or refused.',
    UNKNOWN_VERIFICATION: 'No verification with this id is stored.',
    SUPPRESSED: 'The recipient is suppressed.',
    REFUSED: 'The latest request was refused, by a limit or by an error.',
    WAITING: 'The message waits to be sent, and no provider has been called yet.',
    PROVIDERS_FAIL: 'No provider has accepted the message.',
    NO_RECEIPT: 'A provider accepted the message and has not reported whether it arrived.',
    ARRIVED: 'The message arrived, and no right code was entered.',
    INVALID_RECIPIENT: 'The address or number does not exist, or cannot receive such messages.',
    UNREACHABLE: 'The recipient exists but could not be reached.',
    BLOCKED: 'The recipient, the carrier or the provider blocks messages from this sender.',
    SENDER_REFUSED: 'Every provider refused the account, the sender or the content.',
    ENDED_BEFORE_SENDING: 'The code was used, locked or canceled before the message was sent.',
    WRONG_CODES: 'Wrong codes used up all attempts.',
    CANCELED: 'The verification was canceled.',
    FIXED_CODE: 'The recipient has a fixed code in TEST_RECIPIENTS, so nothing is sent.',
    VERIFIED: 'The code arrived and was verified.',
  },
);

const TimelineKind = enumOf<KindValue>('TimelineKind', 'What kind of thing happened.', {
  REQUEST: 'A code was requested.',
  RESEND: 'The same code was requested again.',
  REFUSAL: 'A request was refused. Refusals are counted by hour, so the time is that of the last one.',
  SEND: 'A provider was called.',
  RECEIPT: 'A provider reported whether the message arrived.',
  ATTEMPT: 'A wrong code was entered, for this recipient or another spelling of the same mailbox.',
  END: 'The verification or the message ended.',
  SUPPRESSION: 'The recipient was suppressed.',
});

@ObjectType({ description: 'One thing that happened.' })
export class TimelineEntry {
  @Field(() => Date, { description: 'When it happened.' })
  at: Date;

  @Field(() => TimelineKind, { description: 'What kind of thing happened.' })
  kind: KindValue;

  @Field(() => String, {
    description:
      'What happened, in one phrase, with the words of the provider. It contains no code and no recipient.',
  })
  text: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The verification concerned; null for refusals, attempts and suppressions by operators.',
  })
  verificationId: string | null;
}

@ObjectType({ description: 'Why a user did not get a code, and what happened.' })
export class Diagnosis {
  @Field(() => DiagnosisCause, { description: 'The likely cause.' })
  cause: CauseValue;

  @Field(() => String, { description: 'The cause in one or two sentences.' })
  explanation: string;

  @Field(() => String, { description: 'What an operator can do.' })
  nextStep: string;

  @Field(() => String, {
    nullable: true,
    description: 'The recipient, masked: `m***@example.com`; null when the verification is unknown.',
  })
  recipient: string | null;

  @Field(() => [TimelineEntry], { description: 'What happened, oldest first.' })
  timeline: TimelineEntry[];

  @Field(() => Boolean, {
    description:
      'True when entries were left out: those older than 24 hours, unless `all` is true, or more than 200 verifications.',
  })
  truncated: boolean;
}
