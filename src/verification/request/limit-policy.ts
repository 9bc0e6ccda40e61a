import { type RecipientLimits } from '../../limits/budget-statements';
import { type CodeDerivation } from '../code/code-derivation';
import { addressLimits, crowdsOf } from '../../limits/shared-limits';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { type Recipient } from '../../recipients/recipient';
import { type MessageLimits } from './request-acceptance';
import { type VerificationSettings } from '../verification.types';

/** Requests and resends per hour for a recipient of TEST_RECIPIENTS: enough for test suites, too few to fill a table. */
const TEST_RECIPIENT_HOURLY = 100;

/** Decides which limits a message counts for. */
export class LimitPolicy {
  private readonly testRecipient: RecipientLimits;

  constructor(
    private readonly vault: RecipientVault,
    private readonly codes: CodeDerivation,
    private readonly settings: Pick<VerificationSettings, 'limits' | 'crowds'>,
  ) {
    const { dailyGuesses } = settings.limits;
    this.testRecipient = { cooldownSeconds: 0, hourly: TEST_RECIPIENT_HOURLY, daily: 0, dailyGuesses };
  }

  /** Test recipients count by themselves, so that their many requests do not count for the mailbox that they name. */
  keyOf(recipient: Recipient): string {
    return this.codes.isFixed(recipient)
      ? this.vault.index('test-recipient', recipient.canonical.toLowerCase())
      : this.vault.limitKey(recipient);
  }

  /**
   * Nothing is sent to test recipients, so of the shared limits only those of the address concern them.
   *
   * @param key as `keyOf` returned it when the verification was stored.
   * @param address what the request's address is counted under; null when it is not known.
   * @param extraPercent raises the shared limits for somebody who passed the human check.
   */
  limitsOf(recipient: Recipient, key: string, address: string | null, extraPercent: number): MessageLimits {
    const { limits, crowds } = this.settings;
    if (this.codes.isFixed(recipient)) {
      const shared = addressLimits(address, crowds, this.vault, extraPercent);
      return { key, recipient: this.testRecipient, shared };
    }
    return {
      key,
      recipient: limits,
      shared: crowdsOf(recipient, address, crowds, this.vault, extraPercent),
    };
  }
}
