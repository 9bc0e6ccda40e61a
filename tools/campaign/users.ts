import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type Reply } from './client';
import { type Journal, type UserRecord } from './journal';
import { type Providers } from './providers';
import { type Random } from './random';

const RETRY_MS = 300;
/** How often a user repeats a request before giving up. */
const REQUEST_ATTEMPTS = 25;
/** How long a user waits for the code: a lease and the pause after a second unknown outcome, in milliseconds. */
const CODE_PATIENCE_MS = 120_000;
/** From the arrival of the message to the first attempt, in milliseconds. */
const TYPING_MS = [100, 2_500] as const;
const VERIFY_ATTEMPTS = 12;
const ATTEMPTS_AT_ONCE = 9;

/** What users do: request a code, read it, mistype it, verify it, and repeat a call without an answer. */
export class Users {
  private readonly underWay = new Set<Promise<void>>();
  private leaving = false;

  constructor(
    private readonly client: Client,
    private readonly providers: Providers,
    private readonly journal: Journal,
    private readonly random: Random,
    /** Distinguishes the users of different campaigns. */
    private readonly prefix: string,
  ) {}

  /** Starts users at a steady rate, whatever happens to earlier ones. */
  async load(perSecond: number, durationMs: number): Promise<void> {
    const started = performance.now();
    for (let number = 1; ; number++) {
      const due = started + (number * 1000) / perSecond;
      if (due - started > durationMs) return;
      await pause(Math.max(0, due - performance.now()));
      const visit = this.visit(number).finally(() => this.underWay.delete(visit));
      this.underWay.add(visit);
    }
  }

  /** Waits until all have finished. Users whose code does not arrive give up by themselves. */
  async finish(): Promise<void> {
    this.leaving = true;
    await Promise.all(this.underWay);
  }

  private async visit(number: number): Promise<void> {
    const user = this.newUser(number);
    const id = await this.request(user);
    if (id === null) return;
    this.journal.users.push(user);
    if (this.random.chance(0.1)) await this.request(user, 1); // Repeats the same request, as after a lost answer.
    if (user.channel === 'EMAIL' && this.random.chance(0.1)) await this.resend(user, id);
    const code = await this.providers.codeFor(user.to, CODE_PATIENCE_MS);
    if (code === null) return void (user.gaveUp = true);
    await pause(this.random.between(...TYPING_MS));
    if (this.random.chance(0.04)) await this.hammer(user, id, code);
    else if (this.random.chance(0.3)) await this.mistype(user, id, code);
    if (this.random.chance(0.04)) return; // Gives up.
    if (this.random.chance(0.25)) await this.verifyAtOnce(user, id, code);
    await this.verify(user, id, code, `${user.to}-last`);
  }

  private newUser(number: number): UserRecord {
    const channel = this.random.chance(0.2) ? 'SMS' : 'EMAIL';
    const to = channel === 'SMS' ? `010${20_000_000 + number}` : `${this.prefix}-${number}@example.com`;
    return {
      number,
      channel,
      to,
      ids: new Set(),
      answeredAt: null,
      resendsAnswered: 0,
      wrongAnswers: [],
      attemptsUnanswered: 0,
      winsUnanswered: 0,
      wins: new Set(),
      gaveUp: false,
    };
  }

  /** Uses one idempotency key, and another node after every failure. */
  private async request(user: UserRecord, attempts = REQUEST_ATTEMPTS): Promise<string | null> {
    const [operation, field] =
      user.channel === 'SMS' ? ['requestSmsCode', 'phoneNumber'] : ['requestEmailCode', 'email'];
    const key = `${this.prefix}-${user.number}`;
    const input = `input: { ${field}: "${user.to}", idempotencyKey: "${key}" }`;
    for (let attempt = 0; attempt < attempts && !(this.leaving && attempt > 0); attempt++) {
      if (attempt > 0) await pause(RETRY_MS * Math.min(attempt, 5));
      const reply = await this.client.call(this.client.choose(), operation, input, '{ id }');
      if (reply.end !== 'answered') continue;
      user.ids.add(reply.data.id);
      user.answeredAt ??= Date.now();
      return reply.data.id;
    }
    return null;
  }

  private async resend(user: UserRecord, id: string): Promise<void> {
    const reply = await this.client.call(
      this.client.choose(),
      'resendCode',
      `verificationId: "${id}"`,
      '{ id }',
    );
    if (reply.end === 'answered') user.resendsAnswered++;
  }

  /** Some wrong attempts, fewer than the maximum. */
  private async mistype(user: UserRecord, id: string, code: string): Promise<void> {
    const attempts = 1 + Math.floor(this.random.next() * 3);
    for (let attempt = 1; attempt <= attempts; attempt++) await this.attempt(user, id, wrong(code, attempt));
  }

  /** More attempts at once than the maximum, at all nodes. */
  private async hammer(user: UserRecord, id: string, code: string): Promise<void> {
    const codes = Array.from({ length: ATTEMPTS_AT_ONCE }, (_, index) => wrong(code, index + 1));
    await Promise.all(codes.map((typed) => this.attempt(user, id, typed)));
  }

  /** The right code under three keys at once, at any nodes. Only one may be accepted. */
  private async verifyAtOnce(user: UserRecord, id: string, code: string): Promise<void> {
    const keys = ['one', 'two', 'three'].map((key) => `${user.to}-${key}`);
    await Promise.all(keys.map((key) => this.attempt(user, id, code, key)));
  }

  /** Repeats the call until there is an answer. */
  private async verify(user: UserRecord, id: string, code: string, key: string): Promise<void> {
    for (let attempt = 0; attempt < VERIFY_ATTEMPTS; attempt++) {
      if (attempt > 0) await pause(RETRY_MS * Math.min(attempt, 5));
      if ((await this.attempt(user, id, code, key)).end === 'answered') return;
    }
  }

  private async attempt(user: UserRecord, id: string, code: string, key?: string): Promise<Reply> {
    const under = key === undefined ? '' : `, idempotencyKey: "${key}"`;
    const input = `input: { verificationId: "${id}", code: "${code}"${under} }`;
    const fields = '{ verified reason attemptsRemaining }';
    const reply = await this.client.call(this.client.choose(), 'verifyCode', input, fields);
    if (reply.end !== 'answered') {
      if (key === undefined) user.attemptsUnanswered++;
      else user.winsUnanswered++;
    } else if (reply.data.verified) user.wins.add(key ?? `wrong-${code}`);
    else if (reply.data.reason === 'WRONG_CODE') user.wrongAnswers.push(reply.data.attemptsRemaining);
    return reply;
  }
}

function wrong(code: string, offset: number): string {
  return String((Number(code) + offset) % 1_000_000).padStart(6, '0');
}
