import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type OutgoingMessage, type Provider } from '../../src/channels/provider.types';
import { BOUNDED, COST_FIGURES, type Cost, type Step } from '../support/cost-figures';
import { type DatabaseMeter, meterDatabase } from '../support/database-meter';
import { createDatabase, DIALECTS, type Dialect, type TestDatabase } from '../support/databases';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const APP_KEY = 'application-key-of-the-test-suite';
/** Periodic work never runs, so that only requests are counted. */
const NEVER_MS = 3_600_000;
/** Flows before the counted flow. After them, statements are prepared and caches are full. */
const WARM_UP = 3;

/** All limits are on, as in production. The one connection has prepared every statement before the count. */
const PRODUCTION = {
  NODE_ENV: 'production',
  EMAIL_PROVIDER: 'ses',
  EMAIL_FROM: 'verify@example.com',
  SMS_PROVIDER: 'none',
  APP_API_KEYS: APP_KEY,
  RESEND_COOLDOWN_SECONDS: '60',
  RECIPIENT_HOURLY_LIMIT: '5',
  RECIPIENT_DAILY_LIMIT: '10',
  RECIPIENT_DAILY_GUESSES: '20',
  IP_HOURLY_LIMIT: '30',
  DATABASE_POOL_SIZE: '1',
};

const REQUEST = `mutation ($input: RequestEmailCodeInput!) {
  requestEmailCode(input: $input) { id recipient codeLength expiresAt resendAvailableAt }
}`;
const VERIFY = `mutation ($input: VerifyCodeInput!) {
  verifyCode(input: $input) { verified reason attemptsRemaining proof }
}`;

/**
 * A provider that accepts a message only when the test lets it, so that the costs of a request and of its delivery are
 * separate.
 */
class HeldProvider implements Provider {
  readonly name = 'ses';
  readonly channel = 'EMAIL';
  held: { message: OutgoingMessage; take: () => void } | null = null;

  send(message: OutgoingMessage): Promise<{ providerMessageId: string }> {
    return new Promise((resolve) => {
      this.held = { message, take: () => resolve({ providerMessageId: '0100000000000000-00000000' }) };
    });
  }
}

/** One server whose database use is measured, and one user after the other. */
class MeteredFlows {
  private users = 100;

  private constructor(
    private readonly app: TestApp,
    private readonly meter: DatabaseMeter,
    private readonly database: TestDatabase,
    private readonly provider: HeldProvider,
  ) {}

  static async start(dialect: Dialect, env: Record<string, string> = {}): Promise<MeteredFlows> {
    const database = await createDatabase(dialect);
    const meter = await meterDatabase(dialect, database.url);
    const provider = new HeldProvider();
    const metered = { ...database, url: meter.url };
    const app = await TestApp.on(
      metered,
      { ...PRODUCTION, ...env },
      {
        providers: { EMAIL: [provider] },
        dispatcherPollMs: NEVER_MS,
        dutyPollMs: NEVER_MS,
        proofKeysReadMs: NEVER_MS,
        overloadCheckMs: NEVER_MS,
        firstReceiptMs: NEVER_MS,
        eventPollMs: NEVER_MS,
      },
    );
    return new MeteredFlows(app, meter, database, provider);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.meter.close();
    await this.database.drop();
  }

  /** One complete flow, counted step by step, of a new user unless the input names one. */
  async run(input: object = {}): Promise<Record<Step, Cost>> {
    // All addresses have the same length, because bytes are counted.
    const n = this.users++;
    this.meter.take();
    const user = { email: `person-${n}@example.com`, clientIp: `10.0.0.${n}` };
    const asked = await this.post(REQUEST, { ...user, ...input });
    const held = await until(() => this.provider.held);
    const request = { ...this.meter.take(), answerBytes: asked.bytes };

    this.provider.held = null;
    const recorded = this.sent + 1;
    held.take();
    await until(() => (this.sent === recorded ? true : null));
    const delivery = { ...this.meter.take(), answerBytes: 0 };

    const code = /\d{6}/.exec(held.message.text)![0];
    const attempt = { verificationId: asked.data.requestEmailCode.id, code };
    const checked = await this.post(VERIFY, attempt);
    expect(checked.data.verifyCode).toMatchObject({ verified: true, proof: expect.any(String) });
    const verify = { ...this.meter.take(), answerBytes: checked.bytes };
    return { request, delivery, verify };
  }

  /** The number of messages that are recorded as sent. */
  private get sent(): number {
    return this.app.log.filter((line) => line.includes('"message sent"')).length;
  }

  private post(query: string, input: object): Promise<{ data: any; bytes: number }> {
    const body = JSON.stringify({ query, variables: { input } });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${APP_KEY}` };
    return new Promise((resolve, reject) => {
      const asking = httpRequest(`${this.app.url}/graphql`, { method: 'POST', headers, agent: false });
      asking.on('error', reject);
      asking.on('response', (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          const { data } = JSON.parse(Buffer.concat(chunks).toString());
          resolve({ data, bytes: answer.socket.bytesRead });
        });
      });
      asking.end(body);
    });
  }
}

/** The differences from test/support/cost-figures.ts, such as `postgres.request.statements ROSE: 6, expected 5`. */
function differences(dialect: Dialect, measured: Record<Step, Cost>): string[] {
  const steps = Object.keys(measured) as Step[];
  return steps.flatMap((step) =>
    (Object.keys(measured[step]) as (keyof Cost)[]).flatMap((figure) => {
      const [now, expected] = [measured[step][figure], COST_FIGURES[dialect][step][figure]];
      if (now === expected || (now < expected && BOUNDED.includes(figure))) return [];
      return [
        `${dialect}.${step}.${figure} ${now > expected ? 'ROSE' : 'fell'}: ${now}, expected ${expected}`,
      ];
    }),
  );
}

describe.each(DIALECTS)('the cost of a verification, on %s', (dialect) => {
  let flows: MeteredFlows;
  beforeAll(async () => (flows = await MeteredFlows.start(dialect)));
  afterAll(() => flows.close());

  it('a request, its delivery and its check take exactly the statements and waits of cost-figures.ts, and its bytes at most', async () => {
    for (let i = 0; i < WARM_UP; i++) await flows.run();
    expect(differences(dialect, await flows.run())).toEqual([]);
  });

  it('two flows in a row take the same statements, waits and bytes', async () => {
    expect(await flows.run()).toEqual(await flows.run());
  });
});

describe.each(DIALECTS)('the cost of a verification whose purpose has a limit, on %s', (dialect) => {
  const file = join(mkdtempSync(join(tmpdir(), 'purposes-')), 'purposes.yaml');
  let flows: MeteredFlows;
  beforeAll(async () => {
    writeFileSync(file, 'purposes: { login: { recipientDailyLimit: 5 } }');
    const env = { PURPOSES_FILE: file, RESEND_COOLDOWN_SECONDS: '0' };
    flows = await MeteredFlows.start(dialect, env);
    for (let i = 0; i < WARM_UP; i++) await flows.run({ purpose: 'login' });
  });
  afterAll(async () => {
    await flows.close();
    rmSync(dirname(file), { recursive: true });
  });

  it('is one more statement on SQLite and none on PostgreSQL, for new and known recipients', async () => {
    const { statements, waits } = COST_FIGURES[dialect].request;
    const more = dialect === 'sqlite' ? 1 : 0;
    for (const email of ['new@example.com', 'new@example.com', 'new@example.com']) {
      const { request } = await flows.run({ purpose: 'login', email });
      expect(request).toMatchObject({ statements: statements + more, waits });
    }
    const { request } = await flows.run({ email: 'new@example.com' });
    expect(request).toMatchObject({ statements, waits });
  });
});

/** The statements that storing events adds to each step: an INSERT, and on SQLite the savepoint around two statements. */
const MORE_WITH_EVENTS: Record<Dialect, Record<Step, number>> = {
  sqlite: { request: 0, delivery: 3, verify: 1 },
  postgres: { request: 0, delivery: 0, verify: 0 },
};

describe.each(DIALECTS)('the cost of a verification with events, on %s', (dialect) => {
  let flows: MeteredFlows;
  beforeAll(async () => {
    const EVENTS_SECRET = `whsec_${'A'.repeat(32)}`;
    flows = await MeteredFlows.start(dialect, { EVENTS_URL: 'http://127.0.0.1:1/events', EVENTS_SECRET });
    for (let i = 0; i < WARM_UP; i++) await flows.run();
  });
  afterAll(() => flows.close());

  it('is one INSERT more per event on SQLite, and no statement on PostgreSQL, and no wait on either', async () => {
    const measured = await flows.run();
    const expected = COST_FIGURES[dialect];
    for (const step of Object.keys(measured) as Step[]) {
      const statements = expected[step].statements + MORE_WITH_EVENTS[dialect][step];
      expect([step, measured[step]]).toMatchObject([step, { statements, waits: expected[step].waits }]);
    }
  });
});
