import { type Clock, MINUTE_MS, SECOND_MS } from '../../shared/clock';
import { raceTimeout } from '../../shared/race-timeout';
import { type Logger } from '../../observability/logger';
import { DeliveryError } from '../provider.types';
import { rejectOnAbort } from '../reject-on-abort';
import { type SensClient } from '../sens/sens-client';
import { type AlimtalkTemplate, readTemplate, type ReadTemplate } from './alimtalk-template';

/** How often the templates are fetched. */
const REFRESH_MS = 10 * MINUTE_MS;
/** The shortest time between two fetches after a failure, or after a sign that a template has changed. */
const SOON_MS = 30 * SECOND_MS;
const FETCH_TIMEOUT_MS = 10 * SECOND_MS;
/** How long a send waits for a fetch under way when it has no template yet. */
const PATIENCE_MS = 2 * SECOND_MS;

/** The template of one language. Null until SENS has answered. */
type Known = ReadTemplate | null;

export interface AlimtalkTemplatesDeps {
  client: SensClient;
  clock: Clock;
  logger: Logger;
  settings: { channelId: string; templateCodes: Readonly<Record<string, string>> };
}

/** A template that can be sent, with its code. */
export interface ChosenTemplate extends AlimtalkTemplate {
  templateCode: string;
}

/**
 * Keeps the approved templates. They are fetched at start and every ten minutes, because Kakao compares each message
 * with the approved text. While SENS does not answer, its last answer is used.
 */
export class AlimtalkTemplates {
  private readonly known = new Map<string, Known>();
  /** The error of the last fetch; null when it succeeded. */
  private fetchError: DeliveryError | null = null;
  private fetchedAt = -Infinity;
  private fetching: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopping = new AbortController();

  constructor(private readonly deps: AlimtalkTemplatesDeps) {}

  /** Begins to fetch the templates, again and again, and does not wait for them. */
  start(): void {
    this.refresh();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.timer);
    await this.fetching;
  }

  /** Fetches the templates now, or soon if the last fetch was a moment ago: one of them may have changed. */
  refreshSoon(): void {
    const waitMs = this.fetchedAt + SOON_MS - this.deps.clock.now();
    if (waitMs <= 0) this.refresh();
    else this.schedule(waitMs);
  }

  /**
   * Returns the template for a language: the one with the same primary subtag.
   *
   * @throws DeliveryError `skipped` when the language has no template that can be used, `retryable` or `permanent` when
   *   SENS has not answered yet.
   */
  async choose(locale: string, signal: AbortSignal): Promise<ChosenTemplate> {
    const language = locale.split('-')[0]!.toLowerCase();
    const { templateCodes } = this.deps.settings;
    const templateCode = Object.hasOwn(templateCodes, language) ? templateCodes[language]! : null;
    if (templateCode === null)
      throw new DeliveryError('skipped', 'there is no Alimtalk template for the language of the message');
    if (!this.known.get(language)) await this.waitForFetch(signal);
    const known = this.known.get(language);
    if (!known) throw this.notFetched();
    if ('reason' in known)
      throw new DeliveryError('skipped', `the Alimtalk template ${templateCode} ${known.reason}`);
    return { ...known.template, templateCode };
  }

  /** @throws DeliveryError */
  async fetch(templateCode: string, signal: AbortSignal): Promise<ReadTemplate> {
    const query = { channelId: this.deps.settings.channelId, templateCode };
    const read = readTemplate(await this.deps.client.get('templates', query, signal), templateCode);
    if (read) return read;
    throw new DeliveryError('retryable', 'SENS returned templates in a form that is not known');
  }

  private notFetched(): DeliveryError {
    const { message = 'SENS has not answered yet', options } = this.fetchError ?? {};
    const lasts = this.fetchError?.kind === 'permanent';
    return new DeliveryError(
      lasts ? 'permanent' : 'retryable',
      `the Alimtalk templates could not be fetched: ${message}`,
      { ...options, ...(lasts ? { failure: 'SENDER_REFUSED' } : {}) },
    );
  }

  private async waitForFetch(signal: AbortSignal): Promise<void> {
    this.refreshSoon();
    const fetched = raceTimeout(PATIENCE_MS, this.fetching ?? Promise.resolve(), undefined);
    try {
      signal.throwIfAborted();
      await rejectOnAbort(signal, fetched);
    } catch {
      throw new DeliveryError('retryable', 'the Alimtalk templates were not fetched in time');
    }
  }

  private refresh(): void {
    if (this.fetching || this.stopping.signal.aborted) return;
    this.fetchedAt = this.deps.clock.now();
    const fetched = this.fetchAll().catch((error: unknown) => {
      this.deps.logger.error({ err: error }, 'the Alimtalk templates could not be fetched because of a bug');
    });
    this.fetching = fetched.finally(() => {
      this.fetching = null;
      this.schedule(this.fetchError ? SOON_MS : REFRESH_MS);
    });
  }

  private schedule(waitMs: number): void {
    clearTimeout(this.timer);
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => this.refresh(), waitMs).unref();
  }

  private async fetchAll(): Promise<void> {
    const { logger, settings } = this.deps;
    const before = this.fetchError;
    const errors = await Promise.all(
      Object.entries(settings.templateCodes).map(([language, code]) => this.fetchOne(language, code)),
    );
    if (this.stopping.signal.aborted) return;
    this.fetchError = errors.find((error) => error !== null) ?? null;
    const about = { provider: 'sens-alimtalk' };
    if (this.fetchError && !before)
      logger.warn({ ...about, error: this.fetchError.message }, 'the Alimtalk templates cannot be fetched');
    if (!this.fetchError && before) logger.info(about, 'the Alimtalk templates can be fetched again');
  }

  /** @returns the error that prevented it, or null. */
  private async fetchOne(language: string, templateCode: string): Promise<DeliveryError | null> {
    const signal = AbortSignal.any([this.stopping.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
    try {
      const next = await this.fetch(templateCode, signal);
      this.logChange(templateCode, this.known.get(language) ?? null, next);
      this.known.set(language, next);
      return null;
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      return error;
    }
  }

  private logChange(template: string, before: Known, now: ReadTemplate): void {
    const about = { provider: 'sens-alimtalk', template };
    const reasonBefore = before && 'reason' in before ? before.reason : null;
    if ('reason' in now && now.reason !== reasonBefore)
      this.deps.logger.warn(
        { ...about, reason: now.reason },
        'an Alimtalk template cannot be used, so the next provider sends its messages',
      );
    if ('template' in now && reasonBefore !== null)
      this.deps.logger.info(about, 'an Alimtalk template can be used again');
  }
}
