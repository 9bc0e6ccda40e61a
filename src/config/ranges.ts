/** Ranges that a setting and a policy of PURPOSES_FILE share. The reference and the JSON Schema show them. */
export interface Range {
  min: number;
  max: number;
}

/** Digits of a code. */
export const CODE_LENGTH: Range = { min: 4, max: 10 };
/** How long a code is valid, in seconds. */
export const CODE_LIFE: Range = { min: 1, max: 86_400 };
/** Attempts per verification. */
export const ATTEMPTS: Range = { min: 1, max: 20 };
/**
 * A limit of one recipient; 0 switches it off. Its row stores one time per message, so a higher maximum would cost more
 * than it protects.
 */
export const RECIPIENT_LIMIT: Range = { min: 0, max: 1_000 };
