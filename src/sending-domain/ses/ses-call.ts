import { setTimeout as sleep } from 'node:timers/promises';
import { Pacer } from '../../channels/pacer';
import { AppError } from '../../shared/errors';

const MAX_CALLS = 5;
/** How long one call to SES may take, in milliseconds. */
const TIMEOUT_MS = 10_000;
/**
 * Maximum number of waiting calls. The last one of them waits this many seconds, so further calls are
 * refused.
 */
const MAX_WAITING = 60;

interface ServiceError {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

/**
 * Makes the calls of SES's identity API one after the other at the rate that SES allows (1 per second). When
 * SES refuses a call because of the rate, it is repeated with growing pauses: another node or a console may
 * use the same account.
 */
export class SesCalls {
  private readonly pacer: Pacer;
  private waiting = 0;
  private readonly closing = new AbortController();

  constructor(private readonly perSecond: number) {
    this.pacer = new Pacer(async () => perSecond);
  }

  /**
   * @throws AppError PROVIDER_ERROR with SES's own error name and message; CHANNEL_UNAVAILABLE when too many
   *   calls wait.
   */
  async make<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.waiting >= MAX_WAITING) {
      const message = `too many calls are waiting for SES, which accepts one per second; try again in ${MAX_WAITING} seconds`;
      throw new AppError('CHANNEL_UNAVAILABLE', message, { retryAfterSeconds: MAX_WAITING });
    }
    this.waiting++;
    try {
      return await this.inTurn(call);
    } finally {
      this.waiting--;
    }
  }

  /** Aborts calls in progress and refuses new ones. */
  close(): void {
    this.closing.abort();
  }

  private async inTurn<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let calls = 1; ; calls++) {
      await this.pacer.turn();
      try {
        const signals = [this.closing.signal, AbortSignal.timeout(TIMEOUT_MS)];
        return await call(AbortSignal.any(signals));
      } catch (error) {
        const last = calls === MAX_CALLS || this.closing.signal.aborted;
        if (last || !isPassing(error as ServiceError)) throw providerError(error as ServiceError);
        await sleep((1000 / this.perSecond) * 2 ** (calls - 1), undefined, {
          signal: this.closing.signal,
        }).catch(() => undefined);
      }
    }
  }
}

/** SES changed nothing, and the same call can succeed in a moment. */
function isPassing({ name = '', $metadata }: ServiceError): boolean {
  return (
    $metadata?.httpStatusCode === 429 ||
    ['TooManyRequestsException', 'ThrottlingException', 'ConcurrentModificationException'].includes(name)
  );
}

function providerError({ name = 'Error', message = '', $metadata }: ServiceError): AppError {
  const said = withoutKeys(message) || 'no answer';
  const extensions = { provider: 'ses', name, message: said };
  // In these cases it is not known whether SES has carried out the call.
  const unanswered = $metadata?.httpStatusCode === undefined || $metadata.httpStatusCode >= 500;
  return new AppError(
    'PROVIDER_ERROR',
    `SES: ${name}: ${said}`,
    unanswered ? { ...extensions, unanswered } : extensions,
  );
}

/** AWS's validation errors quote the value that they refuse, which may be a private key. */
function withoutKeys(message: string): string {
  return message.replace(/[A-Za-z0-9+/=_-]{64,}/g, '[...]');
}
