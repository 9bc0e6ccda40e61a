import { type Channel } from '../../recipients/channel';
import { type PurposePolicy } from '../../verification/verification.types';
import { ATTEMPTS, CODE_LENGTH, CODE_LIFE, type Range, RECIPIENT_LIMIT } from '../ranges';
import { Fault } from '../setting';

/** A part of a JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One key of a policy. The reader of the file and the JSON Schema follow from it. */
export interface PolicyKey<T> {
  schema: JsonSchema;
  /** Reads a value of the file. The Fault completes a sentence that begins with the key. */
  read(value: unknown): T | Fault;
}

type PolicyKeys = { [K in keyof PurposePolicy]: PolicyKey<NonNullable<PurposePolicy[K]>> };

const CHANNELS: readonly Channel[] = ['EMAIL', 'SMS'];

/** Every key of a policy, in the order of the JSON Schema. This is the only declaration of them. */
export const POLICY_KEYS: PolicyKeys = {
  codeLength: wholeNumber(
    CODE_LENGTH,
    'Number of digits of a code. A fixed code of TEST_RECIPIENTS keeps its own.',
  ),
  ttlSeconds: wholeNumber(CODE_LIFE, 'How long a code is valid, in seconds, on both channels.'),
  maxAttempts: wholeNumber(ATTEMPTS, 'Number of attempts per verification.'),
  channels: channelList('The channels on which codes are sent. Requests on another one are refused.'),
  recipientDailyLimit: wholeNumber(
    RECIPIENT_LIMIT,
    'Maximum number of messages of this purpose to one recipient in any 24 hours, resends included, besides the general limits. 0 switches it off.',
  ),
};

function wholeNumber({ min, max }: Range, description: string): PolicyKey<number> {
  return {
    schema: { description, type: 'integer', minimum: min, maximum: max },
    read: (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
        ? value
        : new Fault(`must be a whole number from ${min} to ${max}`),
  };
}

function channelList(description: string): PolicyKey<readonly Channel[]> {
  return {
    schema: {
      description,
      type: 'array',
      items: { enum: CHANNELS },
      minItems: 1,
      uniqueItems: true,
    },
    read: (value) => {
      const isList = Array.isArray(value) && value.length > 0;
      if (!isList || !value.every((one) => CHANNELS.includes(one as Channel)))
        return new Fault(`must be a list of ${CHANNELS.join(', ')} with at least one of them`);
      return new Set(value).size === value.length
        ? (value as Channel[])
        : new Fault('must not contain a channel twice');
    },
  };
}
