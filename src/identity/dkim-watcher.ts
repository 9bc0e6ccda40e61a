import { type AuditLog, SERVER } from '../audit/audit-log';
import { HOUR_MS, MINUTE_MS } from '../shared/clock';
import { AppError } from '../shared/errors';
import { type Logger } from '../shared/logger';
import { storable } from '../shared/storable';
import { type DkimActivation } from './dkim-activation.service';
import { CONFIRMATION_MS, type DkimKeyRepository, type WatchedKey } from './dkim-key.repository';
import { type DkimKeys } from './dkim-keys.service';
import { type SesIdentities } from './ses-identities';
import { type EmailIdentity } from './ses-identities.types';
import { sesVerdict, signingFault } from './ses-verdict';

const BATCH = 20;
/** SES is asked after a waiting key each tenth of the time it has waited, but not more or less often than these. */
const SHORTEST_PAUSE_MS = MINUTE_MS;
const LONGEST_PAUSE_MS = 30 * MINUTE_MS;
const AGE_PER_PAUSE = 10;
const DRIFT_PAUSE_MS = 30 * MINUTE_MS;
/** A key that failed is still looked at this often, in case SES comes round. */
const FAILED_PAUSE_MS = 6 * HOUR_MS;
const TROUBLE_PAUSE_MS = 5 * MINUTE_MS;
const UNKNOWN = Symbol('nobody answered');

/**
 * Follows keys that SES has: waiting ones until SES has confirmed them or 72 hours are over, active ones for as long
 * as they are in use, so that a record that vanished is known before mail stops arriving. What is to be looked at
 * next, and when, stands in the keys' rows: a restart loses nothing.
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

  /** Looks at every key that is due. */
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
      // A database that is away ends the run; a provider that is away must not hold up the other keys.
      if (!(error instanceof AppError)) throw error;
      this.logger.warn({ domain: key.domain, error: error.message }, 'SES cannot be asked about a DKIM key');
      await this.keys.watched(key, { dueInMs: TROUBLE_PAUSE_MS });
    }
  }

  private async handOverAgain(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    await this.activation.repeat(key, identity);
    await this.keys.watched(key, { dueInMs: SHORTEST_PAUSE_MS });
  }

  /** A key that SES has: PENDING, or FAILED, since SES may come round later than it says. */
  private async follow(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    const verdict = sesVerdict(key, identity);
    const age = key.now - (key.pendingAt ?? key.now);
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

  private async lost(key: WatchedKey, reason: string): Promise<void> {
    if (!(await this.keys.fail(key, reason, FAILED_PAUSE_MS))) return;
    this.logger.error({ domain: key.domain, selector: key.selector, reason }, 'SES gave the DKIM key up');
    await this.audit.record(
      { actor: SERVER, action: 'dkimKey.failed', target: nameOf(key), detail: reason },
      'FAILED',
    );
  }

  private async guard(key: WatchedKey, identity: EmailIdentity | null): Promise<void> {
    const fault = signingFault(key, identity) ?? (await this.recordFault(key));
    // Name servers that do not answer tell nothing: what was known before stands, and they are asked again soon.
    const drift = fault === UNKNOWN ? key.drift : fault;
    const dueInMs = fault === UNKNOWN ? TROUBLE_PAUSE_MS : DRIFT_PAUSE_MS;
    if (!(await this.keys.watched(key, { drift, dueInMs })) || drift === key.drift) return;
    const { domain, selector } = key;
    if (drift === null) this.logger.info({ domain, selector }, 'the DKIM key is in order again');
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

function nameOf({ domain, selector }: { domain: string; selector: string }): string {
  return `${selector}._domainkey.${domain}`;
}
