import { type Accepted } from './client.types.js';
import { readRefusal } from './read-refusal.js';
import { type NoAnswer, type Refusal } from './refusal.types.js';
import { type Answer, LOST } from './transport.js';
import { type Verification } from './verification.types.js';

const NO_ANSWER: NoAnswer = { ok: false, reason: 'NETWORK_ERROR' };

/** The result of an operation that answers with a verification; null when the answer is an error or was lost. */
export function accepted(answer: Answer<Verification>): Accepted | null {
  return answer !== LOST && 'field' in answer ? { ok: true, verification: answer.field } : null;
}

/**
 * The refusal in an answer that has no field.
 *
 * @param conflict the refusal that CONFLICT means for the operation; null when only the caller can cause it.
 * @throws InjeungError when no user can cause or correct the error.
 */
export function refused(answer: Answer<unknown>, conflict: Refusal | null = null): Refusal {
  return answer !== LOST && 'fault' in answer ? readRefusal(answer.fault, conflict) : NO_ANSWER;
}
