import { type Channel } from '../../recipients/channel';
import { AppError, badInput } from '../../shared/errors';
import { type PurposePolicy, type VerificationSettings } from '../verification.types';

/** How the code of a new verification is made and checked. */
export interface CodePolicy {
  /** Digits. A fixed code of TEST_RECIPIENTS keeps its own length. */
  length: number;
  ttlSeconds: number;
  maxAttempts: number;
}

const CHANNEL_NAMES: Record<Channel, string> = { EMAIL: 'e-mail', SMS: 'SMS' };

/** Applies the policies of PURPOSES_FILE. Where a policy has no value, the settings of the channel apply. */
export class PurposePolicies {
  constructor(private readonly settings: Pick<VerificationSettings, 'codes' | 'maxAttempts' | 'purposes'>) {}

  /**
   * The policy for a new code. A verification keeps the policy that it was created with.
   *
   * @throws AppError BAD_USER_INPUT when only listed purposes are allowed and this one is not listed;
   *   RECIPIENT_NOT_ALLOWED when the purpose excludes the channel.
   */
  codePolicy(purpose: string, channel: Channel): CodePolicy {
    const { codes, maxAttempts } = this.settings;
    const policy = this.find(purpose);
    if (policy?.channels && !policy.channels.includes(channel)) throw excluded(purpose, channel);
    return {
      length: policy?.codeLength ?? codes[channel].length,
      ttlSeconds: policy?.ttlSeconds ?? codes[channel].ttlSeconds,
      maxAttempts: policy?.maxAttempts ?? maxAttempts,
    };
  }

  /** Messages of a purpose to one recipient in any 24 hours; 0 for no limit besides the general ones. */
  recipientDailyLimit(purpose: string): number {
    return this.settings.purposes.byName.get(purpose)?.recipientDailyLimit ?? 0;
  }

  private find(purpose: string): PurposePolicy | undefined {
    const { byName, strict } = this.settings.purposes;
    const policy = byName.get(purpose);
    if (policy === undefined && strict)
      throw badInput('input.purpose', 'UNKNOWN_VALUE', 'must be one of the purposes in PURPOSES_FILE');
    return policy;
  }
}

function excluded(purpose: string, channel: Channel): AppError {
  return new AppError(
    'RECIPIENT_NOT_ALLOWED',
    `codes for the purpose ${purpose} are not sent by ${CHANNEL_NAMES[channel]}; use the other channel`,
    { reason: 'PURPOSE' },
  );
}
