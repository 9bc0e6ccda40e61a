import { type Channel } from '../../recipients/channel';
import { type RefusalCounter } from '../../operations/refusals/refusal-counter';
import { AppError } from '../../shared/errors';
import { type RecipientVault } from '../../recipients/recipient-vault';
import { parseEmail, parseKnownPhone, type Recipient } from '../../recipients/recipient';
import { type OnRefused } from './operation-outcome';

/**
 * The operations whose refusals are counted, each with its channel; null when the arguments do not contain
 * the channel.
 */
const CHANNELS: Record<string, Channel | null> = {
  requestEmailCode: 'EMAIL',
  requestSmsCode: 'SMS',
  resendCode: null,
  verifyCode: null,
};

/**
 * Counts the refusals of operations of front ends under the blind index of the recipient, if the recipient is
 * known.
 */
export function reportRefusals(
  counter: Pick<RefusalCounter, 'count'>,
  vault: RecipientVault,
  smsCountries: readonly string[],
): OnRefused {
  return ({ operation, error: code, limit, reason }, error, args) => {
    const channel = CHANNELS[operation];
    if (channel === undefined) return;
    const known = error instanceof AppError ? error.recipient : null;
    const typed = known === null ? readRecipient(args, smsCountries) : null;
    counter.count({
      recipientKey: known?.key ?? (typed && vault.key(typed)),
      channel: known?.channel ?? channel,
      code,
      limit: limit ?? null,
      reason: reason ?? null,
    });
  };
}

/**
 * Returns the recipient of a request, even if no code may be sent to it; null when the arguments contain
 * none.
 */
function readRecipient(args: Record<string, unknown>, smsCountries: readonly string[]): Recipient | null {
  const { email, phoneNumber } = (args.input ?? {}) as Record<string, unknown>;
  try {
    if (typeof email === 'string') return parseEmail(email, 'input.email');
    if (typeof phoneNumber === 'string')
      return parseKnownPhone(phoneNumber, smsCountries, 'input.phoneNumber');
  } catch {
    // The text is not a recipient. The refusal is counted without one.
  }
  return null;
}
