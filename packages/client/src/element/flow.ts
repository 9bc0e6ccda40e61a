import { Deadline } from '../client/deadline.js';
import { randomKey } from '../client/random-key.js';
import { type Refusal } from '../client/refusal.types.js';
import { type Verification, type VerificationStatus } from '../client/verification.types.js';
import { type Action, type ChannelName, type FlowDeps, type Step } from './flow.types.js';
import { requestCode, withHumanCheck } from './request-code.js';

/** The refusal that a user gets when the verification ended elsewhere, such as in another tab. */
const ENDED_BY: Record<
  Exclude<VerificationStatus, 'PENDING'>,
  'ALREADY_USED' | 'EXPIRED' | 'LOCKED' | 'CANCELED'
> = { VERIFIED: 'ALREADY_USED', EXPIRED: 'EXPIRED', LOCKED: 'LOCKED', CANCELED: 'CANCELED' };
const ENDING = new Set(['EXPIRED', 'LOCKED', 'ALREADY_USED', 'CANCELED', 'NOT_FOUND', 'ENDED']);
const NEVER = new Deadline(0);

/**
 * The way from a recipient to a proof, without the page: what the element shows is a function of this state. An
 * action that starts while another one runs is ignored, so a double click sends one request. `change` ends what
 * runs, and answers that arrive later are ignored.
 */
export class Flow {
  step: Step = 'recipient';
  running: Action | null = null;
  verification: Verification | null = null;
  refusal: Refusal | null = null;
  /** The verification has ended, so only a new code helps. */
  ended = false;
  /** The same code was sent again a moment ago. */
  resent = false;
  /** Time until the code expires, until a resend is accepted, and until a refused action can succeed. */
  expiry = NEVER;
  resendPause = NEVER;
  retryPause = NEVER;

  private turn = 0;
  private watching: AbortController | null = null;
  /** The last checked code with its key, so that checking it again after a lost answer returns the proof. */
  private checked = { code: '', key: '' };

  constructor(
    private readonly deps: FlowDeps,
    public channel: ChannelName,
  ) {}

  /** Continues with the verification that the browser remembers, if it can still be verified. */
  async restore(): Promise<void> {
    const { memory, client } = this.deps;
    const remembered = memory.read();
    if (!remembered?.id) return;
    const { id, key } = remembered;
    await this.run('restore', async (isCurrent) => {
      const result = await client.verification(id, { deadlineMs: 8_000 });
      if (!isCurrent()) return;
      if (result.ok && result.verification.status === 'PENDING')
        return this.showCode(result.verification, key);
      if (result.ok || result.reason === 'NOT_FOUND') return memory.clear();
      this.refuse(result);
    });
  }

  /** Requests a code for what the user typed. */
  async request(recipient: string): Promise<void> {
    await this.run('request', async (isCurrent) => {
      const key = this.deps.memory.read()?.key ?? randomKey();
      this.deps.memory.write({ key });
      const [result, usedKey] = await requestCode(this.deps, this.channel, recipient, key);
      if (!isCurrent()) return;
      if (!result.ok) {
        // After a lost answer, the same key finds the verification that the server may have stored.
        if (result.reason !== 'NETWORK_ERROR') this.deps.memory.clear();
        return this.refuse(result);
      }
      this.showCode(result.verification, usedKey);
      this.deps.emit('requested', { verification: result.verification });
    });
  }

  /** Checks a code. */
  async verify(code: string): Promise<void> {
    const { verification } = this;
    if (!verification || this.ended) return;
    await this.run('verify', async (isCurrent) => {
      if (this.checked.code !== code) this.checked = { code, key: randomKey() };
      const check = { verificationId: verification.id, code, idempotencyKey: this.checked.key };
      const result = await this.deps.client.verifyCode(check);
      if (!isCurrent()) return;
      if (result.ok) return this.finish(result.proof, result.verification);
      if ('attemptsRemaining' in result && result.verification) this.verification = result.verification;
      this.refuse(result);
    });
  }

  /** Sends the same code again. */
  async resend(): Promise<void> {
    const { verification } = this;
    if (!verification || this.ended || this.resendPause.leftMs > 0) return;
    await this.run('resend', async (isCurrent) => {
      const result = await withHumanCheck(this.deps, (humanToken) =>
        this.deps.client.resendCode({ verificationId: verification.id, humanToken }),
      );
      if (!isCurrent()) return;
      if (!result.ok) return this.refuse(result);
      this.resent = true;
      this.take(result.verification);
      this.watch();
    });
  }

  /** Goes back to the field of the recipient. A verification that can still be verified is canceled. */
  change(channel: ChannelName = this.channel): void {
    const { client, memory } = this.deps;
    if (this.verification && !this.ended) void client.cancel(this.verification.id).catch(() => undefined);
    memory.clear();
    this.reset(channel);
  }

  /** Forgets everything that is shown, and ends what runs. */
  reset(channel: ChannelName = this.channel): void {
    this.stop();
    const initial = {
      step: 'recipient',
      verification: null,
      refusal: null,
      ended: false,
      resent: false,
    } as const;
    Object.assign(this, initial, { channel, expiry: NEVER, resendPause: NEVER, retryPause: NEVER });
    this.deps.changed();
  }

  /** Ends what runs, and ignores its answer. */
  stop(): void {
    this.turn++;
    this.running = null;
    this.watching?.abort();
  }

  /** Reads the verification again: the device slept, or another tab changed it. */
  async refresh(): Promise<void> {
    const { verification, turn } = this;
    if (this.step === 'recipient') return this.running ? undefined : this.restore();
    if (this.step !== 'code' || !verification || this.running) return;
    const result = await this.deps.client.verification(verification.id).catch(() => null);
    if (turn !== this.turn || this.running || !result?.ok) return;
    this.take(result.verification);
    this.watch();
  }

  /** Removes the refusal, because the user has begun to correct what they typed. */
  forgetRefusal(): void {
    if (this.ended || !this.refusal) return;
    this.refusal = null;
    this.retryPause = NEVER;
    this.deps.changed();
  }

  /** Applies what only the passing of time changes. */
  tick(): void {
    if (this.step === 'code' && !this.ended && !this.running && this.expiry.leftMs === 0)
      this.endAs('EXPIRED');
    if (this.refusal?.retryAfterSeconds && this.retryPause.leftMs === 0) this.forgetRefusal();
  }

  private async run(action: Action, work: (isCurrent: () => boolean) => Promise<void>): Promise<void> {
    if (this.running) return;
    const turn = ++this.turn;
    this.running = action;
    this.refusal = null;
    this.resent = false;
    this.deps.changed();
    const isCurrent = () => turn === this.turn;
    try {
      await work(isCurrent);
    } catch (error) {
      if (isCurrent()) this.refuse({ ok: false, reason: 'INTERNAL_SERVER_ERROR', requestId: null }, error);
    }
    if (!isCurrent()) return;
    this.running = null;
    this.deps.changed();
  }

  private showCode(verification: Verification, key: string): void {
    this.step = 'code';
    this.channel = verification.channel === 'EMAIL' ? 'email' : 'sms';
    this.ended = false;
    const { id, expiresAt } = verification;
    this.deps.memory.write({ key, id, expiresAt });
    this.take(verification);
    this.watch();
  }

  private finish(proof: string, verification: Verification): void {
    this.watching?.abort();
    this.deps.memory.clear();
    this.step = 'verified';
    this.verification = verification;
    this.deps.emit('verified', { proof, verification });
  }

  private refuse(refusal: Refusal, error?: unknown): void {
    this.refusal = refusal;
    if (refusal.retryAfterSeconds) {
      this.retryPause = new Deadline(refusal.retryAfterSeconds * 1000);
      if (refusal.reason === 'RATE_LIMITED' && this.running === 'resend') this.resendPause = this.retryPause;
    }
    const usedUp = 'attemptsRemaining' in refusal && refusal.attemptsRemaining === 0;
    if (this.step === 'code' && (usedUp || ENDING.has(refusal.reason))) this.end();
    if (error !== undefined) reportError(error);
    this.deps.emit('failed', { refusal, error });
  }

  private take(verification: Verification): void {
    this.verification = verification;
    this.expiry = new Deadline(verification.expiresInSeconds * 1000);
    this.resendPause = new Deadline(verification.resendInSeconds * 1000);
    if (verification.status !== 'PENDING') this.endAs(ENDED_BY[verification.status]);
    else this.deps.changed();
  }

  private endAs(reason: 'ALREADY_USED' | 'EXPIRED' | 'LOCKED' | 'CANCELED'): void {
    if (this.ended) return;
    this.refuse({ ok: false, reason, attemptsRemaining: 0, verification: this.verification });
    this.deps.changed();
  }

  private end(): void {
    this.ended = true;
    this.watching?.abort();
    this.deps.memory.clear();
  }

  /** Follows the message until it is settled. */
  private watch(): void {
    this.watching?.abort();
    const { signal } = (this.watching = new AbortController());
    const { id } = this.verification!;
    void (async () => {
      for await (const verification of this.deps.client.watchDelivery(id, { signal }))
        if (!signal.aborted && (!this.running || verification.status === 'PENDING')) this.take(verification);
    })().catch(reportError);
  }
}
