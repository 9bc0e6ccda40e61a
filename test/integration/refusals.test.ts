import { DatabaseUnavailable } from '../../src/database/database-errors';
import { retryWhileUnavailable } from '../../src/database/retry-while-unavailable';
import { addRefusals, MAX_ROWS_PER_HOUR } from '../../src/operations/refusals/refusal.repository';
import { RefusalCounter } from '../../src/operations/refusals/refusal-counter';
import { type RefusalCount } from '../../src/operations/refusals/refusal.types';
import { contents } from '../support/contents';
import { createDatabase, DIALECTS, openDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const LIST = `query ($recipient: String, $first: Int, $after: String) {
  refusals(recipient: $recipient, first: $first, after: $after) {
    edges { node { hour channel code limit reason count lastAt } } pageInfo { hasNextPage endCursor } } }`;

interface Entry {
  hour: string;
  channel: string | null;
  code: string;
  limit: string | null;
  reason: string | null;
  count: number;
  lastAt: string;
}

async function refusals(app: TestApp, recipient: string | null = null): Promise<Entry[]> {
  const { data } = await app.admin(LIST, { recipient });
  return data.refusals.edges.map(({ node }: { node: Entry }) => node);
}

/** The stored counts of one recipient as `name: count`, by limit, or by code and reason. It waits until their sum is `total`. */
function stored(app: TestApp, recipient: string | null, total: number): Promise<Record<string, number>> {
  return until(async () => {
    const entries = await refusals(app, recipient);
    const sum = entries.reduce((all, { count }) => all + count, 0);
    return sum === total
      ? Object.fromEntries(
          entries.map(({ code, limit, reason, count }) => [
            limit ?? [code, reason].filter(Boolean).join(' '),
            count,
          ]),
        )
      : null;
  });
}

function counted(recipient: string, count = 1): RefusalCount {
  return { recipient_key: recipient, channel: 'SMS', reason: 'RECIPIENT_HOURLY', count };
}

describe.each(DIALECTS)('the refusals in the refusal log, on %s', (dialect) => {
  it('are stored by recipient and limit, regardless of the spelling of the recipient', async () => {
    const app = await TestApp.start(dialect, { RESEND_COOLDOWN_SECONDS: '60', SMS_COUNTRIES: 'KR,US' });
    const { id } = (await app.requestEmail('slow@example.com')).data.requestEmailCode;
    for (let again = 0; again < 3; again++) await app.requestEmail('Slow@example.com');
    await app.gql('mutation ($id: ID!) { resendCode(verificationId: $id) { id } }', { id });
    expect(await stored(app, 'SLOW@EXAMPLE.COM', 4)).toEqual({ RESEND_COOLDOWN: 4 });

    await app.requestSms('+81 90-1234-5678');
    expect(await stored(app, '+819012345678', 1)).toEqual({ 'RECIPIENT_NOT_ALLOWED COUNTRY': 1 });
    await app.requestSms('02-123-4567');
    expect(await stored(app, '02-123-4567', 1)).toEqual({ BAD_USER_INPUT: 1 });
    await app.close();
  });

  it('say why a recipient was refused, also across the pages of the list', async () => {
    const app = await TestApp.start(dialect);
    await app.admin('mutation { suppressRecipient(input: { email: "stopped@example.com" }) { cause } }');
    await app.requestEmail('stopped@example.com');
    await app.requestSms('+819012345678');
    await stored(app, null, 2);
    const refused: Entry[] = [];
    let after: string | null = null;
    for (let page = 0; page < 2; page++) {
      const { data }: { data: any } = await app.admin(LIST, { first: 1, after });
      refused.push(data.refusals.edges[0].node);
      after = data.refusals.pageInfo.endCursor;
    }
    expect(refused.map(({ code, limit, reason }) => ({ code, limit, reason }))).toEqual(
      expect.arrayContaining([
        { code: 'RECIPIENT_NOT_ALLOWED', limit: null, reason: 'SUPPRESSED' },
        { code: 'RECIPIENT_NOT_ALLOWED', limit: null, reason: 'COUNTRY' },
      ]),
    );
    await app.close();
  });

  it('are stored without a recipient when the input is not an address or a number', async () => {
    const app = await TestApp.start(dialect);
    await app.requestEmail('not an address');
    await app.requestSms('hello');
    await stored(app, null, 2);
    const entries = await refusals(app);
    expect(
      entries.map(({ channel, code, limit, reason, count }) => ({ channel, code, limit, reason, count })),
    ).toEqual([
      { channel: 'EMAIL', code: 'BAD_USER_INPUT', limit: null, reason: null, count: 1 },
      { channel: 'SMS', code: 'BAD_USER_INPUT', limit: null, reason: null, count: 1 },
    ]);
    await app.close();
  });

  it("include checks of codes after the wrong attempts of the recipient's day are used up", async () => {
    const app = await TestApp.start(dialect, { RECIPIENT_DAILY_GUESSES: '1' });
    const { id } = (await app.requestEmail('guessed@example.com')).data.requestEmailCode;
    const wrong = TestApp.wrong(await app.codeFor('guessed@example.com'));
    await app.verify(id, wrong);
    await app.verify(id, wrong);
    await app.verify(id, wrong);
    expect(await stored(app, 'guessed@example.com', 2)).toEqual({ RECIPIENT_DAILY_GUESSES: 2 });
    await app.close();
  });

  it('contain no recipient in clear text, and are counted by the hour of the database', async () => {
    const clock = new ManualClock();
    const app = await TestApp.start(dialect, { RESEND_COOLDOWN_SECONDS: '7200' }, { clock });
    await app.requestEmail('hidden.person@example.com');
    await app.requestEmail('hidden.person@example.com');
    await stored(app, 'hidden.person@example.com', 1);
    clock.advance(3000);
    await app.requestEmail('hidden.person@example.com');
    clock.advance(3000);
    await app.requestEmail('hidden.person@example.com');
    await stored(app, 'hidden.person@example.com', 3);
    const hours = (await refusals(app, 'hidden.person@example.com')).map(({ hour }) => hour);
    for (const hour of hours) expect(hour).toMatch(/T\d\d:00:00.000Z$/);
    expect(new Set(hours).size).toBe(hours.length);
    expect(hours.length).toBeGreaterThan(1);
    expect(await contents(app.database.url)).not.toContain('hidden.person');
    await app.close();
  });

  it('are erased with their recipient, and are purged after the retention period', async () => {
    const clock = new ManualClock();
    const settings = { RESEND_COOLDOWN_SECONDS: '60', RETENTION_DAYS: '2' };
    const app = await TestApp.start(dialect, settings, { clock });
    for (const email of ['a@example.com', 'b@example.com']) {
      await app.requestEmail(email);
      await app.requestEmail(email);
      await stored(app, email, 1);
    }
    await app.requestEmail('a@example.com');
    await app.admin('mutation { eraseRecipient(input: { email: "a@example.com" }) { verifications } }');
    await app.restart(); // Refusals that one server still had in memory would be stored now.
    expect(await refusals(app, 'a@example.com')).toEqual([]);
    expect(await refusals(app, 'b@example.com')).toHaveLength(1);
    clock.advance(3 * 86_400);
    await until(async () => (await refusals(app)).length === 0 || null);
    await app.close();
  });

  it('are kept at a stop of the server, which first stores the refusals in memory', async () => {
    const app = await TestApp.start(dialect, { RESEND_COOLDOWN_SECONDS: '60' });
    await app.requestEmail('stopped@example.com');
    await app.requestEmail('stopped@example.com');
    await app.restart();
    expect(await refusals(app, 'stopped@example.com')).toHaveLength(1);
    await app.close();
  });

  it('are listed by page', async () => {
    const app = await TestApp.start(dialect, { RESEND_COOLDOWN_SECONDS: '60' });
    for (let user = 0; user < 5; user++) {
      await app.requestEmail(`user-${user}@example.com`);
      await app.requestEmail(`user-${user}@example.com`);
    }
    await stored(app, null, 5);
    let after: string | null = null;
    let pages = 0;
    let entries = 0;
    do {
      const { data }: { data: any } = await app.admin(LIST, { first: 2, after });
      entries += data.refusals.edges.length;
      after = data.refusals.pageInfo.hasNextPage ? data.refusals.pageInfo.endCursor : null;
      pages++;
    } while (after !== null);
    expect({ pages, entries }).toEqual({ pages: 3, entries: 5 });
    expect((await app.admin(LIST, { after: 'x' })).errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect((await app.gql(LIST)).errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    await app.close();
  });

  it('use at most 10,000 rows per hour, on two nodes at once, and no count is lost', async () => {
    const test = await createDatabase(dialect);
    const clock = new ManualClock();
    const first = await openDatabase(test.url, { testClock: clock });
    // An SQLite database has only one server, so both writers share its connection.
    const second = dialect === 'sqlite' ? first : await openDatabase(test.url, { testClock: clock });
    const add = (database: typeof first, from: number) => {
      const counts = Array.from({ length: 1_500 }, (_, index) => counted(`r${from + index}`));
      // One node waits for the other's lock, on a slow machine for longer than a statement may run.
      return retryWhileUnavailable(20_000, () => database.transaction(() => addRefusals(dialect, counts)));
    };
    for (let from = 0; from < 12_000; from += 3_000)
      await Promise.all([add(first, from), add(second, from + 1_500)]);
    await add(first, 0); // These recipients already have rows.
    const [{ rows, sum }] = (await first.read(`SELECT count(*) AS rows, sum(count) AS sum FROM refusal`)) as [
      { rows: number; sum: number },
    ];
    expect(Number(rows)).toBe(MAX_ROWS_PER_HOUR);
    expect(Number(sum)).toBe(13_500);
    const [other] = await first.read<{ count: number }>(`SELECT count FROM refusal WHERE reason = 'OTHER'`);
    expect(other!.count).toBe(12_000 - (MAX_ROWS_PER_HOUR - 1));
    if (second !== first) await second.close();
    await first.close();
    await test.drop();
  });

  it('wait in limited memory while the database is unavailable, and are stored when it is available again', async () => {
    const test = await createDatabase(dialect);
    const database = await openDatabase(test.url);
    let away = true;
    const flaky = {
      dialect,
      transaction: (work: never) =>
        away ? Promise.reject(new DatabaseUnavailable(new Error('away'))) : database.transaction(work),
    };
    const logger = { error: jest.fn() };
    const counter = new RefusalCounter(flaky as never, logger as never, { flushMs: 5, lastFlushMs: 25_000 });
    const refusal = { channel: 'SMS', code: 'RATE_LIMITED', limit: 'IP_HOURLY', reason: null } as const;
    for (let user = 0; user < 12_000; user++) counter.count({ ...refusal, recipientKey: `r${user}` });
    await new Promise((resolve) => setTimeout(resolve, 30));
    away = false;
    await counter.stop();
    const [row] = await database.read<{ rows: number; sum: number }>(
      `SELECT count(*) AS rows, sum(count) AS sum FROM refusal`,
    );
    expect(Number(row!.rows)).toBe(MAX_ROWS_PER_HOUR);
    expect(Number(row!.sum)).toBe(12_000);
    expect(logger.error).not.toHaveBeenCalled();
    await database.close();
    await test.drop();
  });
});
