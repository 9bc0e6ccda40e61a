import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnPostgres, HAS_OWN_POSTGRES } from '../support/own-postgres';
import { type GraphQLAnswer, TestApp } from '../support/test-app';

/** Counts the answers by their limit, or by the reason of a refused check. */
function refusals(answers: readonly GraphQLAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { data, errors } of answers) {
    const reason = errors?.[0]?.extensions.limit ?? data?.verifyCode?.reason ?? 'none';
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

const APP_KEY = 'application-key-of-the-test-suite';
const HEADERS = { authorization: `Bearer ${APP_KEY}` };
const request = (node: TestApp, email: string, input: object = {}) =>
  node.requestEmail(email, input, HEADERS);
const check = (node: TestApp, id: string, code: string) => node.verify(id, code, {}, HEADERS);

const times = <T>(count: number, action: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => action(n));

// test/support/find-programs.ts reports which suites are skipped.
(HAS_OWN_POSTGRES ? describe : describe.skip)('the log of PostgreSQL', () => {
  const directory = mkdtempSync(join(tmpdir(), 'purposes-'));
  let server: OwnPostgres;
  let app: TestApp;
  let otherNode: TestApp;

  beforeAll(async () => {
    server = await OwnPostgres.start();
    const PURPOSES_FILE = join(directory, 'purposes.yaml');
    writeFileSync(PURPOSES_FILE, 'purposes: { login: { recipientDailyLimit: 3 } }');
    const env = {
      PURPOSES_FILE,
      APP_API_KEYS: APP_KEY,
      RESEND_COOLDOWN_SECONDS: '60',
      RECIPIENT_DAILY_GUESSES: '7',
      IP_HOURLY_LIMIT: '10',
      EMAIL_DAILY_LIMIT: '1000',
    };
    app = await TestApp.on({ url: server.url(), drop: async () => undefined }, env);
    otherNode = await app.another();
  }, 60_000);
  beforeEach(() => (logged = server.log().length));
  afterEach(() => expect(errorsLogged()).toEqual([]));
  afterAll(async () => {
    await app.close();
    server.close();
    rmSync(directory, { recursive: true });
  });

  let logged = 0;
  const errorsLogged = () =>
    server
      .log()
      .slice(logged)
      .split('\n')
      .filter((line) => /(ERROR|FATAL|PANIC|STATEMENT): /.test(line));

  it('contains no error when requests for one new recipient arrive at two nodes at once', async () => {
    const answers = await Promise.all(times(30, (n) => request(n % 2 ? app : otherNode, 'new@example.com')));
    expect(refusals(answers)).toEqual({ none: 1, RESEND_COOLDOWN: 29 });
    expect(refusals([await request(app, 'new@example.com')])).toEqual({ RESEND_COOLDOWN: 1 });
  });

  it('contains no error when requests within the limit of their purpose arrive at two nodes at once', async () => {
    for (const [known, expected] of [
      [false, { none: 1, RESEND_COOLDOWN: 29 }],
      [true, { RESEND_COOLDOWN: 30 }],
    ] as const) {
      if (known) await request(app, 'purpose@example.com', { purpose: 'sign-up' });
      const answers = await Promise.all(
        times(30, (n) => request(n % 2 ? app : otherNode, 'purpose@example.com', { purpose: 'login' })),
      );
      expect(refusals(answers)).toEqual(expected);
    }
    const others = await Promise.all(
      times(20, (n) => request(n % 2 ? app : otherNode, `purpose${n}@example.com`, { purpose: 'login' })),
    );
    expect(refusals(others)).toEqual({ none: 20 });
  });

  it('contains no error when requests for one recipient with one idempotency key arrive at once', async () => {
    const idempotencyKey = 'the same key';
    const answers = await Promise.all(
      times(30, (n) => request(n % 2 ? app : otherNode, 'again@example.com', { idempotencyKey })),
    );
    expect(refusals(answers)).toEqual({ none: 30 });
    expect(new Set(answers.map(({ data }) => data.requestEmailCode.id)).size).toBe(1);
  });

  it('contains no error when requests from one new address exceed its limit at once', async () => {
    const answers = await Promise.all(
      times(50, (n) => request(app, `address${n}@example.com`, { clientIp: '198.51.100.7' })),
    );
    expect(refusals(answers)).toEqual({ none: 10, IP_HOURLY: 40 });
  });

  it('contains no error when requests from one known address exceed its limit at once on two nodes', async () => {
    await request(app, 'first@example.com', { clientIp: '198.51.100.8' });
    const answers = await Promise.all(
      times(50, (n) =>
        request(n % 2 ? app : otherNode, `known${n}@example.com`, { clientIp: '198.51.100.8' }),
      ),
    );
    expect(refusals(answers)).toEqual({ none: 9, IP_HOURLY: 41 });
  });

  it('contains no error when attempts at one verification arrive at once, right and wrong ones', async () => {
    const { id } = (await request(app, 'attempts@example.com')).data.requestEmailCode;
    const code = await app.codeFor('attempts@example.com');
    const wrong = await Promise.all(times(4, () => check(app, id, TestApp.wrong(code))));
    expect(refusals(wrong)).toEqual({ WRONG_CODE: 4 });
    const right = await Promise.all(times(40, (n) => check(n % 2 ? app : otherNode, id, code)));
    expect(refusals(right)).toEqual({ none: 1, ALREADY_USED: 39 });
  });

  it('contains no error when wrong attempts at several verifications of one recipient exceed its daily limit', async () => {
    const relaxed = await app.another({ RESEND_COOLDOWN_SECONDS: '0' });
    const ids: string[] = [];
    for (let n = 0; n < 4; n++)
      ids.push((await request(relaxed, 'several@example.com')).data.requestEmailCode.id);
    const answers = await Promise.all(
      ids.flatMap((id) => times(5, (n) => check(n % 2 ? app : otherNode, id, '000000'))),
    );
    expect(refusals(answers)).toEqual({ WRONG_CODE: 7, RECIPIENT_DAILY_GUESSES: 13 });
  });
});
