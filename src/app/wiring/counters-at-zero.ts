import { EVENT_TYPES } from '../../events/event.types';
import { type GraphQLSchema } from 'graphql';
import { type DeliveryErrorKind, type DeliveryFailure } from '../../channels/provider.types';
import { type Channel } from '../../recipients/channel';
import { SES_EVENT_TYPES } from '../../channels/ses/events/ses-events';
import { type PushedReceiptResult } from '../../delivery/receipts/pushed-receipt.types';
import { type SesEventResult } from '../../delivery/receipts/ses-event-recorder';
import { type AppErrorCode } from '../../shared/errors';
import { type Metrics } from '../../observability/metrics';
import { type OverloadCause } from '../../limits/overload-guard';
import { LIMIT_NAMES } from '../../limits/limit-refusals';
import { type HumanVerdict } from '../../limits/siteverify-client';
import { type VerifyRefusal } from '../../verification/verification.types';

/**
 * The possible values of labels that are known from neither the settings nor the schema. A missing value does
 * not compile.
 */
const CHANNELS = keys<Channel>({ EMAIL: 0, SMS: 0 });
const REFUSALS = keys<VerifyRefusal>({
  WRONG_CODE: 0,
  EXPIRED: 0,
  LOCKED: 0,
  ALREADY_USED: 0,
  CANCELED: 0,
  NOT_FOUND: 0,
});
const SEND_OUTCOMES = keys<DeliveryErrorKind | 'sent'>({
  sent: 0,
  retryable: 0,
  permanent: 0,
  unknown: 0,
  skipped: 0,
});
const FAILURES = keys<DeliveryFailure>({
  INVALID_RECIPIENT: 0,
  UNREACHABLE: 0,
  BLOCKED: 0,
  SENDER_REFUSED: 0,
  EXPIRED: 0,
  NO_LONGER_NEEDED: 0,
});
const OVERLOADS = keys<OverloadCause | 'database_queue'>({
  backlog: 0,
  event_loop: 0,
  database: 0,
  database_queue: 0,
});
const VERDICTS = keys<HumanVerdict>({ passed: 0, refused: 0, unavailable: 0 });
const EVENT_RESULTS = keys<SesEventResult>({ recorded: 0, unchanged: 0, unmatched: 0, early: 0, ignored: 0 });
const RECEIPT_RESULTS = keys<PushedReceiptResult>({ recorded: 0, unchanged: 0, unmatched: 0, early: 0 });
const ERROR_CODES = keys<AppErrorCode>({
  BAD_USER_INPUT: 0,
  RATE_LIMITED: 0,
  HUMAN_CHECK_REQUIRED: 0,
  RECIPIENT_NOT_ALLOWED: 0,
  CHANNEL_UNAVAILABLE: 0,
  UNAUTHENTICATED: 0,
  NOT_FOUND: 0,
  CONFLICT: 0,
  PROVIDER_ERROR: 0,
});

/**
 * Creates every counter with known labels at the value 0. Prometheus computes a rate or an increase from two
 * values, so without this the first event of a counter would be missed.
 */
export function startCountersAtZero(
  metrics: Metrics,
  providers: Record<Channel, readonly { name: string }[]>,
  schema: GraphQLSchema,
): void {
  for (const channel of CHANNELS) {
    metrics.verificationsRequested.inc({ channel }, 0);
    metrics.codeChecks.inc({ channel, outcome: 'VERIFIED' }, 0);
    for (const status of ['SENT', 'DELIVERED'])
      metrics.deliveriesEnded.inc({ channel, status, failure: '' }, 0);
    for (const failure of FAILURES) metrics.deliveriesEnded.inc({ channel, status: 'FAILED', failure }, 0);
    for (const { name: provider } of providers[channel])
      for (const outcome of SEND_OUTCOMES) metrics.sends.inc({ provider, outcome }, 0);
  }
  for (const outcome of REFUSALS) metrics.codeChecks.inc({ channel: '', outcome }, 0);
  for (const limit of LIMIT_NAMES) metrics.rateLimited.inc({ limit }, 0);
  for (const cause of OVERLOADS) metrics.overloadRefusals.inc({ cause }, 0);
  for (const outcome of VERDICTS) metrics.humanChecks.inc({ outcome }, 0);
  for (const table of ['verification', 'refusal', 'audit_entry', 'limit_counter'])
    metrics.purgedRows.inc({ table }, 0);
  for (const type of EVENT_TYPES)
    for (const outcome of ['sent', 'failed', 'dropped']) metrics.events.inc({ type, outcome }, 0);
  metrics.sesEvents.inc({ type: '', result: 'refused' }, 0);
  for (const type of SES_EVENT_TYPES)
    for (const result of EVENT_RESULTS) metrics.sesEvents.inc({ type, result }, 0);
  for (const result of ['refused', 'malformed']) metrics.httpReceipts.inc({ status: '', result }, 0);
  for (const status of ['DELIVERED', 'FAILED'])
    for (const result of RECEIPT_RESULTS) metrics.httpReceipts.inc({ status, result }, 0);
  startOperationsAtZero(metrics, schema);
}

function startOperationsAtZero(metrics: Metrics, schema: GraphQLSchema): void {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const { name: field, extensions } of Object.values(root?.getFields() ?? {})) {
      for (const code of ['OK', 'INTERNAL_SERVER_ERROR', 'UNAUTHENTICATED'])
        metrics.graphqlOperations.inc({ field, code }, 0);
      // Alerts are about errors of front ends, so the errors of operators need no counters at 0.
      if (extensions.requiredKey === 'admin') continue;
      for (const code of ERROR_CODES) metrics.graphqlOperations.inc({ field, code }, 0);
    }
  }
}

function keys<T extends string>(all: Record<T, 0>): T[] {
  return Object.keys(all) as T[];
}
