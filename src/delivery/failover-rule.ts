import { type DeliveryFailure } from '../channels/provider.types';
import { backoffMs, unknownPauseMs } from './backoff';

/** The properties of a provider that the rule uses. */
export interface ProviderTraits {
  name: string;
  reachesOnlySome?: true;
  /** Whether an unknown outcome can be settled at this provider: by a look-up, or by sending the same id again. */
  settlesUnknown: boolean;
}

/** How far a delivery has come in the list of its channel's providers. */
export interface Progress {
  /** The list begins with the provider after this one. Null: it begins with the first one. */
  startsAfter: string | null;
  /** The provider whose turn ended last. Null: no turn has ended yet. */
  provider: string | null;
  /** Providers that this delivery does not use any more. */
  ruledOut: readonly string[];
  /** How often the whole list failed. */
  rounds: number;
  /** How often the current provider was asked again about an unknown outcome. */
  settlings: number;
  /**
   * Sends whose outcome is unknown and cannot be settled. Each may have reached the recipient, so each may be a copy.
   */
  unknownOutcomes: number;
}

export const NEW_DELIVERY: Progress = {
  startsAfter: null,
  provider: null,
  ruledOut: [],
  rounds: 0,
  settlings: 0,
  unknownOutcomes: 0,
};

/** Why a message has not arrived through a provider. */
export type Setback =
  /** The provider cannot send this message, so it was not called. */
  | { kind: 'skipped' }
  /** The provider cannot accept messages now. */
  | { kind: 'retryable' }
  /** The provider refused the message for good. */
  | { kind: 'permanent'; failure: DeliveryFailure }
  /** The provider may have accepted the message. */
  | { kind: 'unknown' }
  /** The provider accepted the message, and a receipt says that it did not arrive. */
  | { kind: 'not-delivered'; failure: DeliveryFailure; retryable: boolean }
  /** The provider accepted the message, and no receipt came within its deadline. */
  | { kind: 'no-receipt' };

export type NextStep =
  /** The provider whose turn comes next sends after `delayMs`. */
  | { action: 'next'; progress: Progress; delayMs: number }
  /** The same provider is asked again after `delayMs`: by a look-up, or by sending the same id. */
  | { action: 'settle'; progress: Progress; delayMs: number }
  /** Another provider cannot help. The delivery waits for the receipt. */
  | { action: 'wait' }
  | { action: 'fail'; failure: DeliveryFailure; ruledOut: readonly string[] };

/** How long a provider must not be called, in milliseconds; 0 when it may be called now. */
export type PauseOf = (provider: string) => number;

export interface Situation {
  /** The channel's providers in the order of the settings. */
  providers: readonly ProviderTraits[];
  progress: Progress;
  /** The provider concerned. */
  provider: string;
  setback: Setback;
  pauseOf: PauseOf;
  /** Uniform in [0, 1). It spreads the retries of deliveries that failed together. */
  random: number;
}

/** How often a provider is asked again about an unknown outcome before the next provider sends. */
const MAX_SETTLINGS = 2;

/** The providers of a delivery in its own order, without the ones that are ruled out, beginning after its last turn. */
function candidates(providers: readonly ProviderTraits[], progress: Progress): ProviderTraits[] {
  const { startsAfter, provider, ruledOut } = progress;
  return rotate(providers, provider ?? startsAfter).filter(({ name }) => !ruledOut.includes(name));
}

/** The list, beginning after the named provider. A name that is not in the list changes nothing. */
function rotate(providers: readonly ProviderTraits[], after: string | null): ProviderTraits[] {
  const start = providers.findIndex(({ name }) => name === after) + 1;
  return [...providers.slice(start), ...providers.slice(0, start)];
}

/**
 * The provider whose turn it is, and how long it must not be called yet. Null when all are ruled out.
 *
 * A provider that asks for a pause is skipped, unless it is to settle an unknown outcome. When all ask for a pause, the
 * shortest one decides.
 */
export function chooseProvider(
  providers: readonly ProviderTraits[],
  progress: Progress,
  pauseOf: PauseOf,
): { name: string; waitMs: number } | null {
  const turns = candidates(providers, progress).map(({ name }) => ({ name, waitMs: pauseOf(name) }));
  if (progress.settlings > 0) return turns[0] ?? null;
  return turns.reduce<(typeof turns)[number] | null>(
    (best, turn) => (best === null || turn.waitMs < best.waitMs ? turn : best),
    null,
  );
}

/**
 * Decides what follows when a message has not arrived through a provider. docs/internals/failover.md shows the rule as
 * a table.
 *
 * - A temporary error: the next provider sends at once. After the last one the list starts again with back-off.
 * - A refusal of the sender, a skipped message and a missing receipt rule the provider out for this delivery; the next
 *   provider sends at once.
 * - A refusal of the recipient ends the delivery, unless the provider reaches only some recipients.
 * - An unknown outcome is settled at the same provider. If that fails, or is not possible, it is a temporary error.
 */
export function decideNextStep(situation: Situation): NextStep {
  const { progress, provider, setback } = situation;
  if (endsDelivery(situation)) {
    const { failure } = setback as { failure: DeliveryFailure };
    return { action: 'fail', failure, ruledOut: progress.ruledOut };
  }
  const rulesOut = setback.kind === 'skipped' || setback.kind === 'no-receipt' || isPermanent(setback);
  const ruledOut = rulesOut ? [...new Set([...progress.ruledOut, provider])] : progress.ruledOut;
  const others = candidates(situation.providers, { ...progress, ruledOut }).filter(
    ({ name }) => name !== provider,
  );
  if (setback.kind === 'no-receipt' && others.length === 0) return { action: 'wait' };
  if (setback.kind === 'unknown' && canSettle(situation, others.length > 0)) return settle(situation);
  return passOn(situation, ruledOut);
}

function isPermanent(setback: Setback): boolean {
  return setback.kind === 'permanent' || (setback.kind === 'not-delivered' && !setback.retryable);
}

function endsDelivery({ providers, provider, setback }: Situation): boolean {
  if (providers.find(({ name }) => name === provider)?.reachesOnlySome) return false;
  if (setback.kind === 'permanent') return setback.failure !== 'SENDER_REFUSED';
  return (
    setback.kind === 'not-delivered' &&
    (setback.failure === 'INVALID_RECIPIENT' || setback.failure === 'BLOCKED')
  );
}

function canSettle({ providers, progress, provider }: Situation, othersLeft: boolean): boolean {
  const traits = providers.find(({ name }) => name === provider);
  return Boolean(traits?.settlesUnknown) && (!othersLeft || progress.settlings < MAX_SETTLINGS);
}

/** The turn stays with the provider, so the turn that ended last is the one before it. */
function settle({ providers, progress, provider, pauseOf, random }: Situation): NextStep {
  const order = rotate(providers, progress.startsAfter).map(({ name }) => name);
  const before = order[order.indexOf(provider) - 1] ?? null;
  const delayMs = Math.max(backoffMs(progress.settlings, random), pauseOf(provider));
  const settling = { ...progress, provider: before, settlings: progress.settlings + 1 };
  return { action: 'settle', progress: settling, delayMs };
}

function passOn(situation: Situation, ruledOut: readonly string[]): NextStep {
  const { providers, progress, provider, setback, pauseOf, random } = situation;
  const traits = providers.find(({ name }) => name === provider);
  const mayBeCopy = setback.kind === 'unknown' && !traits?.settlesUnknown;
  const unknownOutcomes = progress.unknownOutcomes + (mayBeCopy ? 1 : 0);
  const moved = { ...progress, provider, ruledOut, settlings: 0, unknownOutcomes };
  const next = chooseProvider(providers, moved, pauseOf);
  if (next === null) return { action: 'fail', failure: failureOf(setback), ruledOut };
  const order = rotate(providers, progress.startsAfter).map(({ name }) => name);
  const startsAgain = order.indexOf(next.name) <= order.indexOf(provider);
  if (!startsAgain) return { action: 'next', progress: moved, delayMs: next.waitMs };
  const delayMs = Math.max(
    backoffMs(progress.rounds, random),
    unknownPauseMs(unknownOutcomes, random),
    next.waitMs,
  );
  return { action: 'next', progress: { ...moved, rounds: progress.rounds + 1 }, delayMs };
}

function failureOf(setback: Setback): DeliveryFailure {
  return 'failure' in setback ? setback.failure : 'SENDER_REFUSED';
}
