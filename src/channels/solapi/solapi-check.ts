import { fieldsOf, textOf } from '../json-answer';
import { DeliveryError, type ProviderFinding } from '../provider.types';
import { checkEndpoint, refusedCall } from '../refused-call';
import { type SolapiClient } from './solapi-client';
import { type SolapiSettings } from './solapi-settings';

/** In won: enough for a few hundred messages. */
const LOW_BALANCE = 10_000;

/** Checks keys and clock, the balance and the sender number. */
export async function checkSolapi(
  client: SolapiClient,
  { from }: SolapiSettings,
  signal: AbortSignal,
): Promise<ProviderFinding[]> {
  let balance: unknown;
  try {
    balance = await client.get('cash/v1/balance', {}, signal);
  } catch (error) {
    if (isUnreadable(error)) return [unreadable('the balance'), await checkSender(client, from, signal)];
    const advice = {
      refused: 'check SOLAPI_API_KEY, SOLAPI_API_SECRET and the clock',
      unreachable: checkEndpoint('SOLAPI_ENDPOINT'),
    };
    return [refusedCall(error, advice)];
  }
  return [balanceFinding(balance), await checkSender(client, from, signal)];
}

/** SOLAPI accepted the call, but its answer has another form than its documents show. */
function isUnreadable(error: unknown): boolean {
  return error instanceof DeliveryError && error.kind === 'unknown' && error.message.includes('not JSON');
}

function unreadable(what: string): ProviderFinding {
  const message = `${what} at SOLAPI could not be read`;
  return { status: 'WARN', message, advice: 'check it in the console of SOLAPI' };
}

/** `{balance, point, lowBalanceAlert: {enabled, notificationBalance}}`, in won. Points pay for messages too. */
function balanceFinding(answer: unknown): ProviderFinding {
  const { balance, point, lowBalanceAlert } = fieldsOf(answer);
  if (typeof balance !== 'number') return unreadable('the balance');
  const won = Math.floor(balance + (typeof point === 'number' ? point : 0));
  const { enabled, notificationBalance } = fieldsOf(lowBalanceAlert);
  const alertAt = enabled === true ? Number(notificationBalance) || 0 : 0;
  const message = `SOLAPI accepts the keys, and the balance is ${won} won`;
  const advice = 'charge the account, or switch on automatic charging';
  if (won <= 0) return { status: 'FAIL', message, advice };
  if (won < Math.max(LOW_BALANCE, alertAt)) return { status: 'WARN', message, advice };
  return { status: 'OK', message, advice: null };
}

async function checkSender(
  client: SolapiClient,
  from: string,
  signal: AbortSignal,
): Promise<ProviderFinding> {
  let senders: string[] | null;
  try {
    senders = readSenders(await client.get('senderid/v1/numbers/active', {}, signal));
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    // The key may lack the permission for sender numbers and still be able to send.
    senders = null;
  }
  if (senders === null) return unreadable('the list of registered sender numbers');
  if (senders.includes(from))
    return { status: 'OK', message: `the sender number ${from} is registered at SOLAPI`, advice: null };
  return {
    status: 'FAIL',
    message: `the sender number ${from} (SOLAPI_FROM) is not an active sender number at SOLAPI`,
    advice: `register it in the console of SOLAPI, or set SOLAPI_FROM to a registered number (${senders.length} are active)`,
  };
}

/** The documents show an array of numbers. Other answers seen are arrays of objects, and objects with such an array. */
function readSenders(answer: unknown): string[] | null {
  const list = Array.isArray(answer) ? answer : Object.values(fieldsOf(answer)).find(Array.isArray);
  if (list === undefined) return null;
  const numbers = (list as unknown[]).map(readSender);
  return numbers.includes(null) ? null : numbers.filter((number): number is string => !!number);
}

/** @returns '' for a number that is not active, and null for an entry of another form. */
function readSender(entry: unknown): string | null {
  const { phoneNumber, number, status } = fieldsOf(entry);
  const digits = (textOf(entry) || textOf(phoneNumber) || textOf(number)).replace(/\D/g, '');
  if (digits === '') return null;
  return status === undefined || status === 'ACTIVE' ? digits : '';
}
