import { DatabaseUnavailable } from '../../src/database/database-errors';
import { groupOutageLines } from '../../src/observability/outage-lines';
import { pino } from 'pino';
import { DIALECTS } from '../support/databases';
import { FakeSes } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { HAS_OWN_POSTGRES, OwnPostgres } from '../support/own-postgres';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

interface Line {
  level: number;
  msg: string;
  [field: string]: any;
}

const lines = (app: TestApp): Line[] => app.log.map((line) => JSON.parse(line) as Line);
/** The operations in the log lines about requests, oldest first. */
const operations = (app: TestApp) =>
  lines(app)
    .filter(({ msg, operations }) => msg === 'request' && operations)
    .map(({ operations }) => operations);

describe.each(DIALECTS)('the log line of a request, on %s', (dialect) => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start(dialect, { RESEND_COOLDOWN_SECONDS: '60' })));
  afterAll(() => app.close());
  beforeEach(() => (app.log.length = 0));

  /** The part of the log line about the operations of one GraphQL request. */
  const logged = async (query: string, variables: object = {}) => {
    app.log.length = 0;
    await app.gql(query, variables);
    return until(() => operations(app)[0] ?? null);
  };

  it('contains the verification of an accepted request and of a check, and why a code was refused', async () => {
    const { id } = (await app.requestEmail('accepted@example.com')).data.requestEmailCode;
    const code = await app.codeFor('accepted@example.com');
    await app.verify(id, TestApp.wrong(code));
    await app.verify(id, code);
    await app.gql('query ($id: ID!) { verification(id: $id) { status } }', { id });
    await until(() => operations(app).length === 4 || null);
    expect(operations(app).flat()).toEqual([
      { operation: 'requestEmailCode', verification: id },
      { operation: 'verifyCode', verification: id, reason: 'WRONG_CODE' },
      { operation: 'verifyCode', verification: id },
      { operation: 'verification', verification: id },
    ]);
  });

  it('contains the limit that refused a request or a resend', async () => {
    const { id } = (await app.requestEmail('limited@example.com')).data.requestEmailCode;
    const again = 'mutation { requestEmailCode(input: { email: "limited@example.com" }) { id } }';
    expect(await logged(again)).toEqual([
      { operation: 'requestEmailCode', error: 'RATE_LIMITED', limit: 'RESEND_COOLDOWN' },
    ]);
    expect(await logged('mutation ($id: ID!) { resendCode(verificationId: $id) { id } }', { id })).toEqual([
      { operation: 'resendCode', error: 'RATE_LIMITED', limit: 'RESEND_COOLDOWN', verification: id },
    ]);
  });

  it.each([
    ['requestSmsCode(input: { phoneNumber: "12" }) { id }', 'BAD_USER_INPUT', 'input.phoneNumber'],
    ['requestSmsCode(input: { phoneNumber: "+819012345678" }) { id }', 'RECIPIENT_NOT_ALLOWED', null],
    ['requestEmailCode(input: { email: "nobody" }) { id }', 'BAD_USER_INPUT', 'input.email'],
    [
      'requestEmailCode(input: { email: "a@b.example", purpose: "?" }) { id }',
      'BAD_USER_INPUT',
      'input.purpose',
    ],
    ['consumeProof(token: "x") { accepted }', 'UNAUTHENTICATED', null],
    ['cancelVerification(verificationId: "x") { id }', 'NOT_FOUND', null],
  ])('contains the reason why %s was refused', async (field, error, path) => {
    const [outcome] = await logged(`mutation { ${field} }`);
    expect(outcome).toMatchObject({ operation: field.slice(0, field.indexOf('(')), error });
    if (path) expect(outcome.fields).toEqual([expect.stringMatching(new RegExp(`^${path} [A-Z_]+$`))]);
    expect(outcome).not.toHaveProperty('verification');
  });

  it('contains that the country of a number is not allowed, and so does the answer', async () => {
    const outside = 'mutation { requestSmsCode(input: { phoneNumber: "+819012345678" }) { id } }';
    const refusal = { code: 'RECIPIENT_NOT_ALLOWED', reason: 'COUNTRY' };
    expect((await app.gql(outside)).errors![0]!.extensions).toEqual(refusal);
    const outcome = { operation: 'requestSmsCode', error: refusal.code, reason: refusal.reason };
    expect(await logged(outside)).toEqual([outcome]);
  });

  it('contains each of several operations with its own outcome', async () => {
    const email = (alias: string, to: string) =>
      `${alias}: requestEmailCode(input: { email: "${to}" }) { id }`;
    const outcomes = await logged(`mutation { ${email('a', 'one@example.com')} ${email('b', 'two')} }`);
    expect(outcomes).toEqual([
      { operation: 'requestEmailCode', verification: expect.any(String) },
      { operation: 'requestEmailCode', error: 'BAD_USER_INPUT', fields: [expect.any(String)] },
    ]);
  });

  it('contains only the error of a document that was not executed, and no text of the client', async () => {
    expect(await logged('{ secretOfTheClient }')).toEqual([
      { operation: expect.any(String), error: 'GRAPHQL_VALIDATION_FAILED' },
    ]);
    expect(await logged('{')).toEqual([{ operation: expect.any(String), error: 'GRAPHQL_PARSE_FAILED' }]);
    const query = 'mutation ($input: VerifyCodeInput!) { verifyCode(input: $input) { verified } }';
    expect(await logged(query, { input: { code: 987654 } })).toEqual([
      { operation: 'verifyCode', error: 'BAD_USER_INPUT', fields: [expect.stringMatching(/^input\./)] },
    ]);
    expect(app.log.join('')).not.toMatch(/secretOfTheClient|987654/);
  });
});

describe('the log lines of a delivery', () => {
  it('contain the verification and the reason of SES on each line, as `deliveries` does', async () => {
    const ses = await FakeSes.start();
    const before = { ...process.env };
    const { environment } = ses;
    Object.assign(process.env, environment);
    const app = await TestApp.start('sqlite', {
      EMAIL_PROVIDER: 'ses',
      EMAIL_FROM: 'verify@example.com',
      BRAND_NAME: 'Example',
    });
    const refusal =
      'Email address is not verified. The following identities failed the check in region AP-NORTHEAST-2: verify@example.com';
    ses.answerNext(sesRefusal(400, 'MessageRejected', refusal));
    const { id } = (await app.requestEmail('refused.person@example.com')).data.requestEmailCode;
    await app.delivered(id, 'FAILED');
    const shown = /not verified.*AP-NORTHEAST-2: v\*\*\*@example\.com/;
    const failed = lines(app).find(({ msg }) => msg === 'message failed')!;
    expect(failed).toMatchObject({ verification: id, error: expect.stringMatching(shown) });
    const { data } = await app.admin('{ deliveries { edges { node { verificationId lastError } } } }');
    expect(data.deliveries.edges[0].node).toEqual({
      verificationId: id,
      lastError: expect.stringMatching(shown),
    });

    const sent = (await app.requestEmail('taken@example.com')).data.requestEmailCode;
    await app.delivered(sent.id, 'SENT');
    const ofDeliveries = lines(app).filter(({ delivery }) => delivery);
    expect(ofDeliveries.map(({ verification }) => verification)).toEqual([id, sent.id]);
    expect(app.log.join('')).not.toContain('refused.person');
    await app.close();
    await ses.close();
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
});

(HAS_OWN_POSTGRES ? describe : describe.skip)('the log during an outage of PostgreSQL', () => {
  it('has one line per part of the server without a stack, and clients get a clear message', async () => {
    const server = await OwnPostgres.start();
    const app = await TestApp.on(
      { url: server.url('?sslmode=disable'), drop: async () => undefined },
      { DATABASE_CONNECT_TIMEOUT_MS: '500' },
      { overloadCheckMs: 20 },
    );
    await app.requestEmail('before@example.com');
    server.down();
    app.log.length = 0;
    await until(async () => {
      const { errors } = await app.requestEmail('during@example.com');
      return /database is not available, so new requests are refused/.test(errors![0]!.message) || null;
    });
    for (let call = 0; call < 10; call++) {
      const { errors } = await app.gql('{ verification(id: "AZqxyz0000010600AAAAAAAA") { id } }');
      for (const { message } of errors ?? [])
        expect(message).toBe('the database is not available; try again in 5 seconds');
    }
    const about = lines(app).filter(({ level, msg }) => level >= 40 && msg !== 'request');
    const outage = about.filter(({ msg }) => msg.startsWith('the database is not available'));
    expect(outage).toHaveLength(1);
    expect(outage[0]).toMatchObject({ cause: expect.any(String), lines: 1 });
    // Besides these lines, each part of the server may report once that its state has changed.
    expect(about.length).toBeLessThan(6);
    expect(app.log.filter((line) => line.includes('"stack"'))).toEqual([]);
    server.up();
    await app.close();
    server.close();
  }, 60_000);
});

describe('the log lines of an outage', () => {
  it('are written once a minute with the number of occurrences; other lines are not changed', () => {
    let now = 0;
    const written: Line[] = [];
    const isOutage = (error: unknown): error is Error => error instanceof DatabaseUnavailable;
    const hooks = groupOutageLines(isOutage, () => now);
    const logger = pino({ hooks }, { write: (line: string) => written.push(JSON.parse(line)) });
    const away = () => {
      const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
      logger.error({ err: new DatabaseUnavailable(cause) }, 'receipts cannot be queried now');
    };
    for (let second = 0; second <= 60; second++, now += 1_000) away();
    logger.error({ err: new Error('a bug') }, 'unexpected error');
    logger.info('plain');
    expect(written.map(({ lines, error, during, msg }) => ({ lines, error, during, msg }))).toEqual([
      { lines: 1, error: 'ECONNREFUSED', during: 'receipts cannot be queried now', msg: expect.any(String) },
      {
        lines: 60,
        error: 'ECONNREFUSED',
        during: 'receipts cannot be queried now',
        msg: expect.any(String),
      },
      { msg: 'unexpected error' },
      { msg: 'plain' },
    ]);
    expect(written[0]).not.toHaveProperty('err');
  });
});

describe('the counters in the metrics', () => {
  it('are 0 from the start when their labels are known', async () => {
    const app = await TestApp.start('sqlite');
    const text = await (await fetch(`${app.url}/metrics`)).text();
    for (const series of [
      'injeung_rate_limited_total{limit="RECIPIENT_DAILY_GUESSES"}',
      'injeung_deliveries_ended_total{channel="SMS",status="FAILED",failure="SENDER_REFUSED"}',
      'injeung_sends_total{provider="inbox",outcome="permanent"}',
      'injeung_graphql_operations_total{field="requestSmsCode",code="RATE_LIMITED"}',
      'injeung_graphql_operations_total{field="auditLog",code="OK"}',
      'injeung_code_checks_total{channel="",outcome="WRONG_CODE"}',
      'injeung_overload_refusals_total{cause="database"}',
      'injeung_human_checks_total{outcome="unavailable"}',
      'injeung_ses_events_total{type="Bounce",result="recorded"}',
      'injeung_purged_rows_total{table="refusal"}',
    ])
      expect(text).toContain(`${series} 0\n`);
    await app.close();
  });
});
