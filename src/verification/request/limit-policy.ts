import { type RecipientLimits } from '../../limits/recipient-limits';
import { type CodeDerivation } from '../code/code-derivation';
import { addressLimits, sharedLimitsOf } from '../../limits/shared-limits';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type Recipient } from '../../recipients/recipient';
import { type MessageLimits, type PurposeLimit } from '../../limits/limit-refusals';
import { type VerificationSettings } from '../verification.types';
import { type PurposePolicies } from './purpose-policies';

/** Requests and resends per hour and test recipient: enough for test suites, and too few to fill a table. */
const TEST_RECIPIENT_HOURLY = 100;

export interface CountedMessage {
  recipient: Recipient;
  /** As `keyOf` returned it when the verification was stored. */
  key: string;
  purpose: string;
  /** The key that the request's address is counted under; null when the address is not known. */
  address: string | null;
  /** By how much the shared limits are raised, in percent, because the human check was passed. */
  extraPercent: number;
}

/** Decides which limits a message counts for. */
export class LimitPolicy {
  private readonly testRecipient: RecipientLimits;

  constructor(
    private readonly vault: RecipientVault,
    private readonly codes: CodeDerivation,
    private readonly purposes: Pick<PurposePolicies, 'recipientDailyLimit'>,
    private readonly settings: Pick<VerificationSettings, 'limits' | 'sharedLimits'>,
  ) {
    const { dailyAttempts } = settings.limits;
    this.testRecipient = { cooldownSeconds: 0, hourly: TEST_RECIPIENT_HOURLY, daily: 0, dailyAttempts };
  }

  /**
   * The key that the recipient's own limits are counted under. A test recipient has a separate key, so that its many
   * requests do not count for a real mailbox with the same address.
   */
  keyOf(recipient: Recipient): string {
    return this.codes.isFixed(recipient)
      ? this.vault.index('test-recipient', recipient.canonical.toLowerCase())
      : this.vault.limitKey(recipient);
  }

  /**
   * The limits that a message counts for. Test recipients are sent nothing, so of the shared limits only those of the
   * address apply to them.
   */
  limitsOf({ recipient, key, purpose, address, extraPercent }: CountedMessage): MessageLimits {
    const { limits, sharedLimits } = this.settings;
    if (this.codes.isFixed(recipient)) {
      const shared = addressLimits(address, sharedLimits, this.vault, extraPercent);
      return { key, recipient: this.testRecipient, purpose: null, shared };
    }
    return {
      key,
      recipient: limits,
      purpose: this.purposeLimit(key, purpose),
      shared: sharedLimitsOf(recipient, address, sharedLimits, this.vault, extraPercent),
    };
  }

  /** It is counted under a key that is derived from the recipient's, so all spellings of a mailbox share it. */
  private purposeLimit(key: string, purpose: string): PurposeLimit | null {
    const daily = this.purposes.recipientDailyLimit(purpose);
    return daily === 0 ? null : { key: this.vault.index('purpose', `${purpose}:${key}`), daily };
  }
}
