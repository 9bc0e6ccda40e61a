import { randomBytes } from 'node:crypto';

/** 6 bytes of time, 1 of key number, 1 of code length, 10 random: 24 characters in base64url without padding. */
const BYTES = 18;
const FORM = /^[A-Za-z0-9_-]{24}$/;

/** The key number of codes that are not derived, because TEST_RECIPIENTS fixes them. */
export const FIXED_CODE = 0;

/** The parts of a verification's id, which can be read without the database. */
export interface VerificationIdParts {
  keyNumber: number;
  codeLength: number;
}

/**
 * Returns a new id, in base64url.
 *
 * - It begins with the time. New rows are then adjacent in the index, and an insert into a large table uses index pages
 *   that are in memory.
 * - It contains the number of the code key and the length of the code, so the code can be derived before the row is
 *   read.
 * - It contains 80 random bits, so it cannot be guessed.
 */
export function newVerificationId(now: number, { keyNumber, codeLength }: VerificationIdParts): string {
  const bytes = randomBytes(BYTES);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = keyNumber;
  bytes[7] = codeLength;
  return bytes.toString('base64url');
}

/** @returns null for an id that this server cannot have created. */
export function parseVerificationId(id: string): VerificationIdParts | null {
  if (!FORM.test(id)) return null;
  const bytes = Buffer.from(id, 'base64url');
  const parts = { keyNumber: bytes[6]!, codeLength: bytes[7]! };
  return parts.codeLength >= 4 && parts.codeLength <= 10 ? parts : null;
}

/** Returns a new id for a delivery. Like the id of a verification, it begins with the time. */
export function newDeliveryId(now: number): string {
  const bytes = randomBytes(BYTES);
  bytes.writeUIntBE(now, 0, 6);
  return bytes.toString('base64url');
}
