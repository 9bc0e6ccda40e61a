import crypto from 'node:crypto';
import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database';
import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { ADMIN_KEY, TestApp } from '../support/test-app';

/** Periodic work never runs, so that every statement belongs to the request. */
const NEVER_MS = 3_600_000;
const QUIET = { dutyPollMs: NEVER_MS, overloadCheckMs: NEVER_MS, proofKeysReadMs: NEVER_MS };

/** The statements of requests in their order, without the statements of the delivery queue. */
const statements: string[] = [];
const keep = (sql: string) => {
  // The queue's work shares SQLite's commits.
  const isBracket = /^(BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)/.test(sql);
  if (!isBracket && (!/\bdelivery\b/.test(sql) || /INSERT INTO/.test(sql))) statements.push(sql);
};

function record(): void {
  const sqlite = SqliteDatabase.prototype as unknown as Record<'runStatement', (...args: any[]) => unknown>;
  const runStatement = sqlite.runStatement;
  jest.spyOn(sqlite, 'runStatement').mockImplementation(function (this: unknown, sql, params) {
    keep(sql);
    return runStatement.call(this, sql, params);
  });
  const postgres = PostgresDatabase.prototype as unknown as Record<'prepare', (...args: any[]) => unknown>;
  const prepare = postgres.prepare;
  jest.spyOn(postgres, 'prepare').mockImplementation(function (this: unknown, statement) {
    keep(statement.sql);
    return prepare.call(this, statement);
  });
}

/** What a caller can observe: the answer, the headers that do not always differ, and how much work was done. */
async function observe(app: TestApp, document: string, variables: object): Promise<object> {
  statements.length = 0;
  const response = await fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document, variables }),
  });
  const body = await response.text();
  const headers = Object.fromEntries(response.headers);
  delete headers['date'];
  delete headers['x-request-id'];
  return { status: response.status, body, headers, statements: [...statements] };
}

const VERIFY = `mutation ($id: ID!, $code: String!) {
  verifyCode(input: { verificationId: $id, code: $code }) { verified reason attemptsRemaining proof }
}`;

describe.each(DIALECTS)('an answer on %s does not reveal', (dialect) => {
  let app: TestApp;
  let clock: ManualClock;
  let users = 0;
  beforeAll(async () => {
    record();
    clock = new ManualClock();
    const limits = { RECIPIENT_DAILY_GUESSES: '20', RECIPIENT_HOURLY_LIMIT: '50', IP_HOURLY_LIMIT: '1000' };
    app = await TestApp.start(dialect, limits, { ...QUIET, clock });
  });
  afterAll(async () => {
    await app.close();
    jest.restoreAllMocks();
  });

  async function ask(): Promise<{ id: string; code: string }> {
    const email = `person-${users++}@example.com`;
    const { id } = (await app.requestEmail(email)).data.requestEmailCode;
    await app.delivered(id);
    return { id, code: await app.codeFor(email) };
  }

  it('how many digits of a wrong code are right', async () => {
    const seen = [];
    for (const change of [
      (code: string) => code.slice(0, -1) + digit(code.at(-1)!),
      (code: string) => digit(code[0]!) + code.slice(1),
      (code: string) => [...code].map(digit).join(''),
    ]) {
      const { id, code } = await ask();
      seen.push(await observe(app, VERIFY, { id, code: change(code) }));
    }
    expect(seen[0]).toMatchObject({ body: expect.stringContaining('WRONG_CODE') });
    for (const one of seen) expect(one).toEqual(seen[0]);
  });

  it('whether a code is right once the verification has ended', async () => {
    const ends: [string, (id: string, code: string) => Promise<unknown>][] = [
      ['ALREADY_USED', (id, code) => app.verify(id, code)],
      [
        'CANCELED',
        (id) => app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id }),
      ],
      [
        'LOCKED',
        async (id, code) => {
          for (let n = 0; n < 5; n++) await app.verify(id, TestApp.wrong(code));
        },
      ],
      ['EXPIRED', async () => clock.advance(1_801)],
    ];
    for (const [reason, end] of ends) {
      const { id, code } = await ask();
      await end(id, code);
      const right = await observe(app, VERIFY, { id, code });
      expect(right).toMatchObject({ body: expect.stringContaining(reason) });
      expect(await observe(app, VERIFY, { id, code: TestApp.wrong(code) })).toEqual(right);
    }
  });

  it('whether a code is right once the daily attempts are used up', async () => {
    const email = `guessed-${users++}@example.com`;
    const next = async () => {
      const { id } = (await app.requestEmail(email)).data.requestEmailCode;
      await app.delivered(id);
      return { id, code: await app.codeFor(email) };
    };
    const last = await next();
    for (let round = 0; round < 4; round++) {
      const { id, code } = await next();
      for (let attempt = 0; attempt < 5; attempt++) await app.verify(id, TestApp.wrong(code));
    }
    const right = await observe(app, VERIFY, last);
    expect(right).toMatchObject({ body: expect.stringContaining('RECIPIENT_DAILY_GUESSES') });
    expect(await observe(app, VERIFY, { ...last, code: TestApp.wrong(last.code) })).toEqual(right);
  });

  it('whether an id is malformed, of another server, or of no verification: all are NOT_FOUND', async () => {
    const other = await TestApp.start('sqlite');
    const foreign = (await other.requestEmail('other@example.com')).data.requestEmailCode.id as string;
    await other.close();
    const { id } = await ask();
    const changed = id.slice(0, -1) + (id.endsWith('A') ? 'B' : 'A');
    const documents = [
      VERIFY,
      'query ($id: ID!) { verification(id: $id) { id } }',
      'mutation ($id: ID!) { resendCode(verificationId: $id) { id } }',
      'mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }',
    ];
    for (const document of documents) {
      const answers = [];
      for (const unknown of [changed, foreign, '', 'x', "' OR 1=1 --", 'ㄱ'.repeat(24), 'A'.repeat(255)]) {
        const { status, body, headers } = (await observe(app, document, {
          id: unknown,
          code: '000000',
        })) as any;
        answers.push({ status, body, headers });
      }
      expect(answers[0]!.body).toMatch(/NOT_FOUND|"verification":null/);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    }
  });

  it('whether a code was requested for the recipient before', async () => {
    const document = `mutation ($email: String!) {
      requestEmailCode(input: { email: $email }) { recipient purpose codeLength attemptsRemaining status delivery { status failure } }
    }`;
    // The message is sent after the answer, with separate statements.
    const request = async (email: string) => {
      const { body, headers, statements: run } = (await observe(app, document, { email })) as any;
      return {
        body,
        headers,
        statements: run.filter((sql: string) => /INSERT INTO (budget|verification)\b/.test(sql)),
      };
    };
    const known = `known-${users++}@example.com`;
    await request(known);
    const again = await request(known);
    expect(again.statements.join()).toMatch(/INSERT INTO budget[^]*INSERT INTO verification/);
    const stranger = await request(`kept-${users++}@example.com`);
    expect(stranger).toEqual(again);
  });

  it('whether a proof was forged, or signed by another server or with a removed key: all are INVALID', async () => {
    const { id, code } = await ask();
    const { proof } = (await app.verify(id, code)).data.verifyCode;
    const [header, payload, signature] = proof.split('.');
    const unknownKid = Buffer.from(JSON.stringify({ alg: 'EdDSA', typ: 'JWT', kid: '9-x' })).toString(
      'base64url',
    );
    const forged = [
      `${header}.${payload}.${'A'.repeat(86)}`,
      `${unknownKid}.${payload}.${signature}`,
      '',
      'a.b.c',
    ];
    for (const token of forged) {
      const { data } = await app.admin(
        'mutation ($token: String!) { consumeProof(token: $token) { accepted reason verification { id } } }',
        { token },
      );
      expect(data.consumeProof).toEqual({ accepted: false, reason: 'INVALID', verification: null });
    }
  });

  it('a code or a key through the time of a comparison', async () => {
    const { id, code } = await ask();
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    try {
      await app.verify(id, TestApp.wrong(code));
      expect(compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toContainEqual([6, 6]);
      compare.mockClear();
      await app.gql('{ __typename }', {}, { authorization: `Bearer ${ADMIN_KEY.slice(0, -1)}x` });
      expect(compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength])).toEqual([[32, 32]]);
    } finally {
      compare.mockRestore();
    }
  });
});

/** Returns a different digit. */
function digit(given: string): string {
  return String((Number(given) + 1) % 10);
}
