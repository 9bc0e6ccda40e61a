import { type DeliveryError } from '../channels/provider.types';
import { toStorableText } from '../shared/to-storable-text';
import { type Setback } from './failover-rule';
import { type EndedSend } from './queue/insert-send';
import { type SendResult } from './send.entity';

/** Converts the error of a send to the input of the failover rule. */
export function toSetback({ kind, options }: DeliveryError): Setback {
  return kind === 'permanent' ? { kind, failure: options.failure ?? 'SENDER_REFUSED' } : { kind };
}

const RESULTS: Record<DeliveryError['kind'], SendResult> = {
  skipped: 'SKIPPED',
  retryable: 'TEMPORARY_ERROR',
  permanent: 'REFUSED',
  unknown: 'UNKNOWN',
};

/** Converts a failed send to the row that is kept. */
export function toEndedSend(provider: string, { kind, message, options }: DeliveryError): EndedSend {
  return {
    provider,
    result: RESULTS[kind],
    failure: kind === 'permanent' ? (options.failure ?? 'SENDER_REFUSED') : null,
    detail: toStorableText([options.providerCode, message].filter(Boolean).join(': ')),
  };
}
