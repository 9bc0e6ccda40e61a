import { type Keyring } from '../../keyring/keyring';
import { deriveCode } from './code';
import { type Recipient } from '../../recipients/recipient';
import { fixedCodeOf, type TestRecipients } from '../../recipients/test-recipients';
import { FIXED_CODE, newVerificationId, parseVerificationId } from './verification-id';

/** Derives the code of every verification from its id, so that no code is stored. */
export class CodeDerivation {
  constructor(
    private readonly keyring: Keyring,
    private readonly testRecipients: TestRecipients,
  ) {}

  isFixed(recipient: Recipient): boolean {
    return fixedCodeOf(this.testRecipients, recipient.canonical) !== undefined;
  }

  /** A new verification's id, which contains what is needed to derive the code. */
  newId(now: number, recipient: Recipient, length: number): string {
    const fixed = fixedCodeOf(this.testRecipients, recipient.canonical);
    return fixed === undefined
      ? newVerificationId(now, { keyNumber: this.keyring.currentCodeKey().number, codeLength: length })
      : newVerificationId(now, { keyNumber: FIXED_CODE, codeLength: fixed.length });
  }

  /** The number of digits of the code, or null when this server cannot have created the id. */
  codeLength(id: string): number | null {
    const parts = parseVerificationId(id);
    const known = parts && (parts.keyNumber === FIXED_CODE || this.keyring.codeKey(parts.keyNumber));
    return known ? parts.codeLength : null;
  }

  /**
   * The code of a verification: the fixed code of a test recipient, or the code that is derived from the id.
   *
   * @returns null when the id requires the recipient and `recipient` is null, or when the code's key is unknown.
   */
  code(id: string, recipient: Recipient | null): string | null {
    const parts = parseVerificationId(id);
    if (!parts) return null;
    if (parts.keyNumber === FIXED_CODE)
      return (recipient && fixedCodeOf(this.testRecipients, recipient.canonical)) ?? null;
    const key = this.keyring.codeKey(parts.keyNumber);
    return key ? deriveCode(key, id, parts.codeLength) : null;
  }
}
