import { type ReadResult, type ResendRequest, type ResendResult } from './client.types.js';
import { RESEND_CODE } from './generated.js';
import { accepted, refused } from './read-answer.js';
import { type EndedRefusal, type ResendRefusal } from './refusal.types.js';
import { type CallBounds, LOST, type Transport } from './transport.js';

export interface ResendDeps {
  transport: Transport;
  read: (verificationId: string, bounds: CallBounds) => Promise<ReadResult>;
}

const ENDED: EndedRefusal = { ok: false, reason: 'ENDED' };

/**
 * Sends the same code again, and at most one message although a resend has no idempotency key.
 *
 * When the answer is lost, `resendAvailableAt` shows whether the message was sent: each message moves it. If it was not
 * moved, the call is repeated, because the cooldown lets the server accept only one of the calls. A server without a
 * cooldown accepts both, so then the call is not repeated, and the user decides.
 */
export async function resendCode(
  { transport, read }: ResendDeps,
  request: ResendRequest,
  bounds: CallBounds,
): Promise<ResendResult> {
  const before = await read(request.verificationId, bounds);
  if (!before.ok) return before;
  const { status, resendAvailableAt, createdAt } = before.verification;
  if (status !== 'PENDING') return ENDED;
  const hasCooldown = resendAvailableAt > createdAt;
  for (let lost = false; ; lost = true) {
    const answer = await transport.once(RESEND_CODE, request, bounds);
    const result = accepted(answer) ?? (refused(answer, ENDED) as ResendRefusal);
    const sentEarlier = lost && !result.ok && result.reason === 'RATE_LIMITED';
    if (answer !== LOST && !sentEarlier) return result;
    const now = await read(request.verificationId, bounds);
    if (now.ok && now.verification.resendAvailableAt !== resendAvailableAt) return now;
    if (!now.ok || sentEarlier || !hasCooldown || bounds.deadline.leftMs === 0) return now.ok ? result : now;
  }
}
