import { contents } from './contents';
import { type Dialect } from './databases';
import { FakeGateway } from './fake-gateway';
import { FakeSens } from './fake-sens';
import { FakeSolapi } from './fake-solapi';
import { type Call, type Misbehaviour } from './http-provider';
import { ManualClock } from './manual-clock';
import { readRows } from './read-rows';
import { TestApp } from './test-app';
import { until } from './until';

export type ProviderName = 'sens-alimtalk' | 'sens' | 'solapi' | 'http';

/** The codes have ten digits, so that no time and no id contains one by chance. */
const CODE = /(?<!\d)\d{10}(?!\d)/g;
/** No scheduled query for a receipt is further ahead than this. A claimed receipt is due again after 30 s. */
const SCHEDULED_MS = 20_000;

/** A server that sends SMS by Alimtalk, SENS, SOLAPI and a gateway, all of them on loopback. */
export class KoreanProviders {
  readonly clock = new ManualClock();
  readonly sens = new FakeSens(() => this.clock.now());
  readonly solapi = new FakeSolapi(() => this.clock.now());
  readonly gateway = new FakeGateway(() => this.clock.now());
  app!: TestApp;
  /** The number of the current test. */
  number = '01055550000';
  /** When the current message was requested. */
  private requestedAt = 0;
  private readonly numbers: string[] = [];
  private readonly planned = new Map<ProviderName, Misbehaviour[]>();

  static async start(): Promise<KoreanProviders> {
    const providers = new KoreanProviders();
    const { sens, solapi, gateway } = providers;
    sens.answerAlways((call) => providers.next(sensApi(call)));
    solapi.answerAlways(() => providers.next('solapi'));
    gateway.answerAlways(() => providers.next('http'));
    await Promise.all([sens.listen(), solapi.listen(), gateway.listen()]);
    return providers;
  }

  /** Starts the server, and waits until SENS has been asked for the templates. */
  async serve(dialect: Dialect, env: Record<string, string> = {}): Promise<void> {
    const settings = {
      ...this.sens.alimtalkEnvironment,
      ...this.solapi.environment,
      ...this.gateway.environment,
      SMS_PROVIDER: 'sens-alimtalk,sens,solapi',
      SMS_CODE_LENGTH: '10',
      SMS_PREFIX_HOURLY_LIMIT: '0',
      SEND_TIMEOUT_MS: '2000',
      ...env,
    };
    this.app = await TestApp.start(dialect, settings, { clock: this.clock });
    if (settings.SMS_PROVIDER.includes('sens-alimtalk')) await this.sens.waitForCalls(1, /templates/);
  }

  async close(): Promise<void> {
    await this.app.close();
    await Promise.all([this.sens.close(), this.solapi.close(), this.gateway.close()]);
  }

  /** Begins a test: another number, and nothing planned. */
  begin(): void {
    this.number = String(Number(this.number) + 1).padStart(11, '0');
    this.numbers.push(this.number);
    this.planned.clear();
    this.sens.answerReads(() => null);
  }

  /** Makes the next sends by a provider fail in these ways, one after the other. */
  plan(provider: ProviderName, ...misbehaviours: Misbehaviour[]): void {
    this.planned.set(provider, misbehaviours);
  }

  /** Sets the results of the next messages at a provider that is queried for them. */
  results(provider: Exclude<ProviderName, 'http'>, ...codes: string[]): void {
    const { sens, solapi, number } = this;
    ({ 'sens-alimtalk': sens.alimtalk, sens, solapi })[provider].results.set(number, codes);
  }

  /** Makes SENS's SMS or Alimtalk API, or SOLAPI, refuse every query. */
  refuseReads(provider: Exclude<ProviderName, 'http'>): void {
    const refused = { status: 503 };
    if (provider === 'solapi') this.solapi.answerReads(() => refused);
    else this.sens.answerReads((call) => (sensApi(call) === provider ? refused : null));
  }

  async request(input: object = {}): Promise<string> {
    this.clock.advance(1);
    this.requestedAt = this.clock.now();
    return (await this.app.requestSms(this.number, input)).data.requestSmsCode.id;
  }

  async resend(id: string): Promise<void> {
    this.clock.advance(1);
    await this.app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
  }

  /** The time since the request, in seconds. */
  get seconds(): number {
    return (this.clock.now() - this.requestedAt) / 1000;
  }

  /**
   * Lets time pass until the message has one of the statuses or a condition holds: always until the next work of this
   * verification is due, and only when all work that is due has ended. Without an end it follows until no work is left.
   *
   * @returns the statuses that the front end sees on the way.
   */
  async follow(id: string, ...ends: (string | (() => Promise<boolean>))[]): Promise<string[]> {
    const seen: string[] = [];
    for (let step = 0; step < 600; step++) {
      const nextAt = await this.idle(id);
      const { status } = (await this.app.verification(id)).delivery;
      if (seen.at(-1) !== status) seen.push(status);
      for (const end of ends) if (typeof end === 'string' ? end === status : await end()) return seen;
      if (nextAt === null && ends.length === 0) return seen;
      if (nextAt === null) break;
      this.clock.advance((nextAt - this.clock.now()) / 1000);
    }
    throw new Error(`the message did not end as expected: ${seen.join()}, ${(await this.way()).join()}`);
  }

  /** Every send of the newest message as operators see it: provider, result, failure and the provider's code. */
  async way(): Promise<string[]> {
    const filter = { recipient: this.number };
    const { data } = await this.app.admin(
      `query ($filter: DeliveryFilter) { deliveries(first: 1, filter: $filter) { edges { node {
         sends { provider result failure detail } } } } }`,
      { filter },
    );
    return data.deliveries.edges[0].node.sends.map(({ provider, result, failure, detail }: any) => {
      const code = /^\w+(?=:|$)/.exec(detail ?? '')?.[0];
      return [provider, result, failure, code === failure ? null : code].filter(Boolean).join(' ');
    });
  }

  /** The messages to this number that each provider has accepted, as their texts. */
  get accepted(): Record<ProviderName, string[]> {
    const { sens, solapi, gateway, number } = this;
    const ofNumber = (messages: readonly { to: string }[]) =>
      messages.filter(({ to }) => to.replace('+82', '0') === number) as any[];
    return {
      'sens-alimtalk': ofNumber(sens.alimtalk.messages).map(({ content }) => content),
      sens: ofNumber(sens.messages).map(({ content }) => content),
      solapi: ofNumber(solapi.messages).map(({ text }) => text),
      http: ofNumber(gateway.messages).map(({ text }) => text),
    };
  }

  /** The codes in the messages to this number. */
  get codes(): string[] {
    return codesIn(Object.values(this.accepted).flat());
  }

  /** Checks that neither the log nor the database nor an answer contains a code or a number of any test. */
  async expectSecrecy(): Promise<void> {
    const { app, sens, solapi, gateway } = this;
    const texts = [...sens.alimtalk.messages, ...sens.messages].map(({ content }) => content);
    texts.push(...[...solapi.messages, ...gateway.messages].map(({ text }) => text));
    const secrets = [...codesIn(texts), ...this.numbers.map((number) => number.slice(1))];
    const rows = await contents(app.database.url);
    const kept = { log: app.log.join(''), answers: app.answers.join(''), rows };
    for (const [place, text] of Object.entries(kept))
      expect([place, ...secrets.filter((secret) => text.includes(secret))]).toEqual([place]);
  }

  private next(provider: ProviderName): Misbehaviour | null {
    return this.planned.get(provider)?.shift() ?? null;
  }

  /** Waits until no work is due, and returns when the next work is due. Null: no work is left. */
  private async idle(id: string): Promise<number | null> {
    const now = this.clock.now();
    const { next } = await until(async () => {
      const [row] = await readRows<{ busy: number | null; next: number | null }>(
        this.app.database.url,
        `SELECT sum(CASE WHEN leased OR at <= ${now} OR (receipt AND at > ${now + SCHEDULED_MS}) THEN 1 ELSE 0 END) AS busy,
           min(at) AS next
         FROM (SELECT verification_id, due_at AS at, lease_owner IS NOT NULL AS leased, false AS receipt FROM delivery
           UNION ALL SELECT verification_id, receipt_due_at, false, true FROM delivery
           UNION ALL SELECT verification_id, send.receipt_due_at, false, true
             FROM send JOIN delivery ON delivery.id = delivery_id) AS work
         WHERE at IS NOT NULL AND verification_id = '${id}'`,
      );
      return Number(row!.busy) === 0 ? row! : null;
    });
    return next === null ? null : Number(next);
  }
}

function sensApi({ target }: Call): 'sens' | 'sens-alimtalk' {
  return target.startsWith('/sms') ? 'sens' : 'sens-alimtalk';
}

function codesIn(texts: readonly string[]): string[] {
  return [...new Set(texts.flatMap((text) => text.match(CODE) ?? []))];
}
