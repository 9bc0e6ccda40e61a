import { NoAnswer, type ProviderAnswer } from './provider-connection';
import { DeliveryError } from './provider.types';

/** Turns a call without a complete answer into a DeliveryError. @throws it, or an error that is a bug, unchanged. */
export function throwNoAnswer(provider: string, error: unknown): never {
  if (!(error instanceof NoAnswer)) throw error;
  const kind = error.notSent ? 'retryable' : 'unknown';
  throw new DeliveryError(kind, `${provider} did not answer`, { providerCode: error.code });
}

/** Reads the JSON of a successful answer. @throws DeliveryError `unknown`, because the message may be accepted. */
export function readJson(provider: string, { status, text }: ProviderAnswer): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new DeliveryError('unknown', `${provider} returned something that is not JSON`, {
      providerCode: String(status),
    });
  }
}

/** Returns the fields of a JSON object, and none for every other value. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Returns the objects of a JSON array, or of a JSON object that has the items as values; none for other values. */
export function objectsOf(value: unknown): Record<string, unknown>[] {
  const items = Object.values(fieldsOf(value));
  return items.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
}

/** Returns a text or a number as text, and '' for every other value. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
