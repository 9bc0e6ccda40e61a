import { type RequestResult } from '../client/client.types.js';
import { InjeungError } from '../client/injeung-error.js';
import { randomKey } from '../client/random-key.js';
import { type ChannelName, type FlowDeps } from './flow.types.js';

/**
 * Requests a code under a key that a lost request may have used.
 *
 * @returns the result, with the key that belongs to it.
 */
export async function requestCode(
  deps: FlowDeps,
  channel: ChannelName,
  recipient: string,
  key: string,
): Promise<[RequestResult, string]> {
  try {
    const result = await send(deps, channel, recipient, key);
    // The key may belong to a verification that has ended since.
    if (!result.ok || result.verification.status === 'PENDING') return [result, key];
  } catch (error) {
    // The key belongs to another recipient, whose request was lost.
    if (!(error instanceof InjeungError) || error.code !== 'CONFLICT') throw error;
  }
  const fresh = randomKey();
  deps.memory.write({ key: fresh });
  return [await send(deps, channel, recipient, fresh), fresh];
}

function send(
  deps: FlowDeps,
  channel: ChannelName,
  recipient: string,
  idempotencyKey: string,
): Promise<RequestResult> {
  const input = { ...deps.options(), idempotencyKey };
  return withHumanCheck(deps, (humanToken) =>
    channel === 'email'
      ? deps.client.requestEmailCode({ ...input, humanToken, email: recipient })
      : deps.client.requestSmsCode({ ...input, humanToken, phoneNumber: recipient }),
  );
}

/** Repeats a call with the token of the human check when the server requires one. */
export async function withHumanCheck<Result extends { ok: boolean; reason?: string }>(
  { solveHumanCheck }: FlowDeps,
  call: (humanToken?: string) => Promise<Result>,
): Promise<Result> {
  const result = await call();
  if (result.reason !== 'HUMAN_CHECK_REQUIRED') return result;
  const token = await solveHumanCheck();
  return token === null ? result : call(token);
}
