import {
  CANCEL_VERIFICATION,
  REQUEST_EMAIL_CODE,
  REQUEST_SMS_CODE,
  VERIFICATION,
  VERIFY_CODE,
} from './generated.js';
import {
  type CallOptions,
  type CancelResult,
  type ClientOptions,
  type CodeCheck,
  type Operations,
  type ReadResult,
  type RequestResult,
  type VerifyResult,
} from './client.types.js';
import { Deadline } from './deadline.js';
import { type Operation } from './operation.types.js';
import { randomKey } from './random-key.js';
import { accepted, refused } from './read-answer.js';
import { type CancelRefusal, type RequestRefusal, type VerifyRefusal } from './refusal.types.js';
import { resendCode } from './resend-code.js';
import { type Answer, type CallBounds, LOST, Transport } from './transport.js';
import { type Verification } from './verification.types.js';
import { watchDelivery } from './watch-delivery.js';

const DEADLINE_MS = 20_000;
/** The server returns the proof again for one minute, so a check must not be repeated later. */
const CHECK_DEADLINE_MS = 50_000;

/** Creates the operations of a client, without the texts of `describe`, which the element loads by itself. */
export function createOperations(options: ClientOptions): Operations {
  const { endpoint, headers = {}, locale } = options;
  const transport = new Transport({
    endpoint: String(endpoint),
    // Called through a function of its own: a browser's `fetch` requires the window as `this`.
    fetch: (...call) => (options.fetch ?? globalThis.fetch)(...call),
    headers,
  });
  const boundsOf = ({ signal, deadlineMs }: CallOptions = {}): CallBounds => ({
    signal,
    deadline: new Deadline(deadlineMs ?? options.deadlineMs ?? DEADLINE_MS),
  });
  const read = (id: string, bounds: CallBounds) => readVerification(transport, id, bounds);
  return {
    requestEmailCode: (input, call) =>
      request(transport, REQUEST_EMAIL_CODE, { locale, ...input }, boundsOf(call)),
    requestSmsCode: (input, call) =>
      request(transport, REQUEST_SMS_CODE, { locale, ...input }, boundsOf(call)),
    resendCode: (resend, call) => resendCode({ transport, read }, resend, boundsOf(call)),
    verifyCode: (check, call) => verify(transport, check, boundsOf(limited(call, options.deadlineMs))),
    cancel: (id, call) => cancel(transport, id, boundsOf(call)),
    verification: (id, call) => read(id, boundsOf(call)),
    watchDelivery: (id, { signal } = {}) => watchDelivery((bounds) => read(id, bounds), signal),
  };
}

function limited(call: CallOptions = {}, deadlineMs = DEADLINE_MS): CallOptions {
  return { ...call, deadlineMs: Math.min(call.deadlineMs ?? deadlineMs, CHECK_DEADLINE_MS) };
}

async function request<Input extends { idempotencyKey?: string | null }, Data>(
  transport: Transport,
  operation: Operation<Data, { input: Input }>,
  input: Input,
  bounds: CallBounds,
): Promise<RequestResult> {
  const keyed = { ...input, idempotencyKey: input.idempotencyKey ?? randomKey() };
  const answer = (await transport.repeat(operation, { input: keyed }, bounds)) as Answer<Verification>;
  return accepted(answer) ?? (refused(answer) as RequestRefusal);
}

async function verify(transport: Transport, check: CodeCheck, bounds: CallBounds): Promise<VerifyResult> {
  const input = { ...check, idempotencyKey: check.idempotencyKey ?? randomKey() };
  const answer = await transport.repeat(VERIFY_CODE, { input }, bounds);
  if (answer === LOST || 'fault' in answer) return refused(answer) as VerifyRefusal;
  const { proof, reason, attemptsRemaining, verification } = answer.field;
  if (proof !== null && verification) return { ok: true, proof, verification };
  return { ok: false, reason: reason ?? 'NOT_FOUND', attemptsRemaining, verification };
}

async function cancel(
  transport: Transport,
  verificationId: string,
  bounds: CallBounds,
): Promise<CancelResult> {
  const answer = await transport.repeat(CANCEL_VERIFICATION, { verificationId }, bounds);
  return accepted(answer) ?? (refused(answer) as CancelRefusal);
}

async function readVerification(transport: Transport, id: string, bounds: CallBounds): Promise<ReadResult> {
  const answer = await transport.repeat(VERIFICATION, { id }, bounds);
  if (answer === LOST || 'fault' in answer) return refused(answer) as CancelRefusal;
  return answer.field ? { ok: true, verification: answer.field } : { ok: false, reason: 'NOT_FOUND' };
}
