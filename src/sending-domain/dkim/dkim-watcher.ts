import { type AuditLog, SERVER } from '../../audit/audit-log';
import { HOUR_MS, MINUTE_MS } from '../../shared/clock';
import { AppError } from '../../shared/errors';
import { type Logger } from '../../observability/logger';
import { storable } from '../../shared/storable';
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
const TROUBLE_PAUSE_MS = 5 * MINUTE_MS;
const UNKNOWN = Symbol('nobody answered');

/**
 * Checks the keys that were given to SES: PENDING ones until SES has confirmed them or 72 hours are over, and
 * ACTIVE ones while they are in use, so that a missing record is noticed before mail stops arriving. The row
 * of each key contains the time of its next check, so a restart loses nothing.
 */
export class DkimWatcher {
  constructor(
    private readonly keys: DkimKeyRepository,
    private readonly dkimKeys: DkimKeys,
    private readonly activation: DkimActivation,
    private readonly identities: SesIdentities,
    private readonly audit: AuditLog,
    private readonly logger: Logger,
  ) {}

  /** Checks every key that is due. */
  async look(signal: AbortSignal): Promise<void> {
    for (const key of await this.keys.due(BATCH)) {
      if (signal.aborted) return;
      await this.lookAt(key);
    }
  }

  private async lookAt(key: WatchedKey): Promise<void> {
    try {
      const identity = await this.identities.find(key.domain);
      if (key.state === 'ACTIVE') await this.guard(key, identity);
      else if (key.handedAt === null) await this.handOverAgain(key, identity);
      else await this.follow(key, identity);
    } catch (error) {
      // An unreachable database ends the run, but an unreachable provider must not delay the other keys.
      if (!(error instanceof AppError)) throw error;
      await this.refused(key, error);
    }
  }

  private async handOverAgain(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    await this.activation.repeat(key, identity);
    await this.keys.watched(key, { dueInMs: SHORTEST_PAUSE_MS });
  }

  /** SES refused a call or did not answer it. A PENDING key becomes FAILED when this lasts for 72 hours. */
  private async refused(key: WatchedKey, error: AppError): Promise<void> {
    this.logger.warn({ domain: key.domain, error: error.message }, 'SES refused a call about a DKIM key');
    const isOver = key.state === 'PENDING' && ageOf(key) >= CONFIRMATION_MS;
    if (!isOver || error.code !== 'PROVIDER_ERROR') {
      await this.keys.watched(key, { dueInMs: TROUBLE_PAUSE_MS });
      return;
    }
    const event = key.handedAt === null ? 'accept the key' : 'confirm the record';
    await this.lost(key, storable(`SES did not ${event} within 72 hours. Its last answer: ${error.message}`));
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
      await this.keys.watched(key, { dueInMs: gone ? null : FAILED_PAUSE_MS });
      return;
    }
    if (verdict.kind === 'lost') return this.lost(key, verdict.reason);
    if (age >= CONFIRMATION_MS) return this.lost(key, 'SES did not confirm the record within 72 hours.');
    const dueInMs = Math.min(Math.max(age / AGE_PER_PAUSE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    await this.keys.watched(key, { dueInMs: Math.round(dueInMs) });
  }

  private async confirmed(key: WatchedKey): Promise<void> {
    if (!(await this.keys.activate(key))) return;
    this.logger.info({ domain: key.domain, selector: key.selector }, 'SES signs with the DKIM key');
    await this.audit.record({ actor: SERVER, action: 'dkimKey.active', target: nameOf(key) });
  }

  private async lost(key: WatchedKey, said: string): Promise<void> {
    const reason = storable(said);
    // A key that SES never accepted must not be given to SES again after the operator has read that it
    // failed.
    const lookAgainInMs = key.handedAt === null ? null : FAILED_PAUSE_MS;
    if (!(await this.keys.fail(key, reason, lookAgainInMs))) return;
    this.logger.error(
      { domain: key.domain, selector: key.selector, reason },
      'SES did not confirm a DKIM key',
    );
    await this.audit.record(
      { actor: SERVER, action: 'dkimKey.failed', target: nameOf(key), detail: reason },
      'FAILED',
    );
  }

  private async guard(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    const said = signingFault(key, identity);
    const fault = said === null ? await this.recordFault(key) : storable(said);
    // If no name server answers, the last known state is kept, and the servers are queried again soon.
    const drift = fault === UNKNOWN ? key.drift : fault;
    const dueInMs = fault === UNKNOWN ? TROUBLE_PAUSE_MS : DRIFT_PAUSE_MS;
    if (!(await this.keys.watched(key, { drift, dueInMs })) || drift === key.drift) return;
    const { domain, selector } = key;
    if (drift === null) this.logger.info({ domain, selector }, 'the drift of an active DKIM key has ended');
    else this.logger.error({ domain, selector, drift }, 'an active DKIM key has drifted');
    const action = drift === null ? 'dkimKey.mended' : 'dkimKey.drifted';
    await this.audit.record({ actor: SERVER, action, target: nameOf(key), detail: drift });
  }

  private async recordFault(key: WatchedKey): Promise<string | typeof UNKNOWN | null> {
    const { matches, problems } = await this.dkimKeys.lookUp(key);
    if (matches) return null;
    if (problems.every(({ code }) => code === 'DNS_UNREACHABLE')) return UNKNOWN;
    return storable(problems.map(({ message }) => message).join(' '));
  }
}

/** How long the key has been waiting for SES, in milliseconds. */
function ageOf({ now, pendingAt }: WatchedKey): number {
  return now - (pendingAt ?? now);
}

function nameOf({ domain, selector }: { domain: string; selector: string }): string {
  return `${selector}._domainkey.${domain}`;
}
