import { randomBytes } from 'node:crypto';

/** Six bytes of time, one of key number, one of code length, ten random: 18 bytes are 24 characters without padding. */
const BYTES = 18;
const FORM = /^[A-Za-z0-9_-]{24}$/;

/** Stands for a code key: the code is fixed by TEST_RECIPIENTS and not derived. */
export const FIXED_CODE = 0;

/** What a verification's id tells before any row is read. */
export interface VerificationIdParts {
  keyNumber: number;
  codeLength: number;
}

/**
 * A new id, base64url. Time stands first, so that new rows lie side by side in the index: at ten million rows an
 * insert still touches pages that are in memory. The key's number and the length let the right code be known
 * before the row is read; 80 random bits keep it from being guessed.
 */
export function newVerificationId(now: number, { keyNumber, codeLength }: VerificationIdParts): string {
  const bytes = randomBytes(BYTES);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = keyNumber;
  bytes[7] = codeLength;
  return bytes.toString('base64url');
}

/** Null for anything this server cannot have made. */
export function parseVerificationId(id: string): VerificationIdParts | null {
  if (!FORM.test(id)) return null;
  const bytes = Buffer.from(id, 'base64url');
  const parts = { keyNumber: bytes[6]!, codeLength: bytes[7]! };
  return parts.codeLength >= 4 && parts.codeLength <= 10 ? parts : null;
}

/** A new id for a row that hangs on a verification, in the same time order. */
export function newDeliveryId(now: number): string {
  const bytes = randomBytes(BYTES);
  bytes.writeUIntBE(now, 0, 6);
  return bytes.toString('base64url');
}
