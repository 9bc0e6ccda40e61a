import { type FieldFault } from '../../shared/errors';
import { type FieldRule } from '../../shared/field-rule';
import { type DeliveryFailure, type Receipt } from '../provider.types';

/** What a gateway reports about a message that it accepted. */
export interface HttpReceipt {
  deliveryId: string;
  receipt: Exclude<Receipt, { state: 'pending' }>;
}

/** A body that is not a receipt, with every field that breaks a rule. */
export class MalformedReceipt extends Error {
  constructor(readonly fields: readonly FieldFault[]) {
    super(fields.map(({ path, message }) => `${path}: ${message}`).join('; '));
    this.name = 'MalformedReceipt';
  }
}

const STATUSES = ['DELIVERED', 'FAILED'];
const FAILURES: readonly DeliveryFailure[] = [
  'INVALID_RECIPIENT',
  'UNREACHABLE',
  'BLOCKED',
  'SENDER_REFUSED',
];

/** Reads the body of `POST /webhooks/delivery`. Fields that are not known are ignored. @throws MalformedReceipt */
export function readHttpReceipt(text: string): HttpReceipt {
  const body = readObject(text);
  const { deliveryId, status, failure = null } = body;
  const faults = [
    faultOf('deliveryId', deliveryId),
    faultOf('status', status, STATUSES),
    failure === null ? null : faultOf('failure', failure, status === 'DELIVERED' ? [] : FAILURES),
  ].filter((fault) => fault !== null);
  if (faults.length > 0) throw new MalformedReceipt(faults);
  const receipt = status === 'DELIVERED' ? { state: 'delivered' as const } : failed(failure);
  return { deliveryId: deliveryId as string, receipt };
}

/**
 * Without a failure the gateway does not know the reason. No failure is `retryable`, because the gateway would ignore
 * another send of the same delivery.
 */
function failed(failure: unknown): HttpReceipt['receipt'] {
  const known = FAILURES.find((one) => one === failure) ?? 'UNREACHABLE';
  return { state: 'failed', failure: known, retryable: false };
}

function readObject(text: string): Record<string, unknown> {
  const refuse = (rule: FieldRule) =>
    new MalformedReceipt([{ path: 'body', rule, message: 'must be a JSON object' }]);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw refuse('INVALID_FORMAT');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw refuse('INVALID_TYPE');
  return body as Record<string, unknown>;
}

/** @param allowed the values that the field may have; none when the field must not be given. */
function faultOf(path: string, value: unknown, allowed?: readonly string[]): FieldFault | null {
  const fault = (rule: FieldRule, message: string) => ({ path, rule, message });
  if (allowed?.length === 0) return fault('NOT_APPLICABLE', 'must not be given with the status DELIVERED');
  if (value === undefined || value === null || value === '') return fault('REQUIRED', 'must be given');
  if (typeof value !== 'string') return fault('INVALID_TYPE', 'must be a string');
  if (allowed === undefined || allowed.includes(value)) return null;
  return fault('UNKNOWN_VALUE', `must be one of ${allowed.join(', ')}`);
}
