import { type AuditLog, SERVER } from '../../audit/audit-log';
import { HOUR_MS, MINUTE_MS } from '../../shared/clock';
import { AppError } from '../../shared/errors';
import { type Logger } from '../../observability/logger';
import { toStorableText } from '../../shared/to-storable-text';
import { type DkimActivation } from './dkim-activation.service';
import { CONFIRMATION_MS, type DkimKeyRepository, type WatchedKey } from './dkim-key.repository';
import { type DkimKeys } from './dkim-keys.service';
import { type SesIdentities } from '../ses/ses-identities';
import { type EmailIdentity } from '../ses/ses-identities.types';
import { sesVerdict, signingFault } from '../ses/ses-verdict';

const BATCH = 20;
/** The pause between two checks of a waiting key is a tenth of the time it has waited, within these bounds. */
const SHORTEST_PAUSE_MS = MINUTE_MS;
const LONGEST_PAUSE_MS = 30 * MINUTE_MS;
const AGE_PER_PAUSE = 10;
const DRIFT_PAUSE_MS = 30 * MINUTE_MS;
/**
 * A key that failed after SES had accepted it is still checked this often, because SES may confirm it later.
 */
const FAILED_PAUSE_MS = 6 * HOUR_MS;
const FAILED_CALL_PAUSE_MS = 5 * MINUTE_MS;
const UNKNOWN = Symbol('no name server answered');

export interface DkimWatcherDeps {
  repository: DkimKeyRepository;
  keys: DkimKeys;
  activation: DkimActivation;
  identities: SesIdentities;
  audit: AuditLog;
  logger: Logger;
}

/**
 * Checks the keys that were given to SES: PENDING ones until SES has confirmed them or 72 hours are over, and
 * ACTIVE ones while they are in use, so that a missing record is noticed before mail stops arriving. The row
 * of each key contains the time of its next check, so a restart loses nothing.
 */
export class DkimWatcher {
  constructor(private readonly deps: DkimWatcherDeps) {}

  /** Checks every key that is due. */
  async checkDueKeys(signal: AbortSignal): Promise<void> {
    for (const key of await this.deps.repository.due(BATCH)) {
      if (signal.aborted) return;
      await this.checkKey(key);
    }
  }

  private async checkKey(key: WatchedKey): Promise<void> {
    try {
      const identity = await this.deps.identities.find(key.domain);
      if (key.state === 'ACTIVE') await this.guard(key, identity);
      else if (key.acceptedAt === null) await this.giveToSesAgain(key, identity);
      else await this.follow(key, identity);
    } catch (error) {
      // An unreachable database ends the run, but an unreachable provider must not delay the other keys.
      if (!(error instanceof AppError)) throw error;
      await this.refused(key, error);
    }
  }

  private async giveToSesAgain(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    await this.deps.activation.repeat(key, identity);
    await this.deps.repository.watched(key, { dueInMs: SHORTEST_PAUSE_MS });
  }

  /** SES refused a call or did not answer it. A PENDING key becomes FAILED when this lasts for 72 hours. */
  private async refused(key: WatchedKey, error: AppError): Promise<void> {
    this.deps.logger.warn(
      { domain: key.domain, error: error.message },
      'SES refused a call about a DKIM key',
    );
    const isOver = key.state === 'PENDING' && ageOf(key) >= CONFIRMATION_MS;
    if (!isOver || error.code !== 'PROVIDER_ERROR') {
      await this.deps.repository.watched(key, { dueInMs: FAILED_CALL_PAUSE_MS });
      return;
    }
    const event = key.acceptedAt === null ? 'accept the key' : 'confirm the record';
    await this.lost(
      key,
      toStorableText(`SES did not ${event} within 72 hours. Its last answer: ${error.message}`),
    );
  }

  /**
   * Checks a key that SES has. It is PENDING, or FAILED, because SES may still confirm a key after 72 hours.
   */
  private async follow(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    const verdict = sesVerdict(key, identity);
    const age = ageOf(key);
    if (verdict.kind === 'confirmed') return this.confirmed(key);
    if (key.state === 'FAILED') {
      const gone = verdict.kind === 'lost' && !verdict.mayReturn;
      await this.deps.repository.watched(key, { dueInMs: gone ? null : FAILED_PAUSE_MS });
      return;
    }
    if (verdict.kind === 'lost') return this.lost(key, verdict.reason);
    if (age >= CONFIRMATION_MS) return this.lost(key, 'SES did not confirm the record within 72 hours.');
    const dueInMs = Math.min(Math.max(age / AGE_PER_PAUSE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    await this.deps.repository.watched(key, { dueInMs: Math.round(dueInMs) });
  }

  private async confirmed(key: WatchedKey): Promise<void> {
    if (!(await this.deps.repository.activate(key))) return;
    this.deps.logger.info({ domain: key.domain, selector: key.selector }, 'SES signs with the DKIM key');
    await this.deps.audit.record({ actor: SERVER, action: 'dkimKey.active', target: nameOf(key) });
  }

  private async lost(key: WatchedKey, said: string): Promise<void> {
    const reason = toStorableText(said);
    // A key that SES never accepted must not be given to SES again after the operator has read that it
    // failed.
    const nextCheckInMs = key.acceptedAt === null ? null : FAILED_PAUSE_MS;
    if (!(await this.deps.repository.fail(key, reason, nextCheckInMs))) return;
    this.deps.logger.error(
      { domain: key.domain, selector: key.selector, reason },
      'SES did not confirm a DKIM key',
    );
    await this.deps.audit.record(
      { actor: SERVER, action: 'dkimKey.failed', target: nameOf(key), detail: reason },
      'FAILED',
    );
  }

  private async guard(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    const said = signingFault(key, identity);
    const fault = said === null ? await this.recordFault(key) : toStorableText(said);
    // If no name server answers, the last known state is kept, and the servers are queried again soon.
    const drift = fault === UNKNOWN ? key.drift : fault;
    const dueInMs = fault === UNKNOWN ? FAILED_CALL_PAUSE_MS : DRIFT_PAUSE_MS;
    if (!(await this.deps.repository.watched(key, { drift, dueInMs })) || drift === key.drift) return;
    const { domain, selector } = key;
    if (drift === null)
      this.deps.logger.info({ domain, selector }, 'the drift of an active DKIM key has ended');
    else this.deps.logger.error({ domain, selector, drift }, 'an active DKIM key has drifted');
    const action = drift === null ? 'dkimKey.mended' : 'dkimKey.drifted';
    await this.deps.audit.record({ actor: SERVER, action, target: nameOf(key), detail: drift });
  }

  private async recordFault(key: WatchedKey): Promise<string | typeof UNKNOWN | null> {
    const { matches, problems } = await this.deps.keys.lookUp(key);
    if (matches) return null;
    if (problems.every(({ code }) => code === 'DNS_UNREACHABLE')) return UNKNOWN;
    return toStorableText(problems.map(({ message }) => message).join(' '));
  }
}

/** How long the key has been waiting for SES, in milliseconds. */
function ageOf({ now, pendingAt }: WatchedKey): number {
  return now - (pendingAt ?? now);
}

function nameOf({ domain, selector }: { domain: string; selector: string }): string {
  return `${selector}._domainkey.${domain}`;
}
