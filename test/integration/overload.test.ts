import { type AcceptedSend, type OutgoingMessage, type Provider } from '../../src/channels/provider.types';
import { DatabaseOverloaded } from '../../src/database/database-errors';
import { query } from '../../src/database/statement';
import { createDatabase, DIALECTS, openDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { type GraphQLAnswer, TestApp } from '../support/test-app';
import { until } from '../support/until';

/** A provider that accepts messages and does not answer until it is released. */
class StuckProvider implements Provider {
  readonly name = 'stuck';
  readonly channel = 'EMAIL';
  readonly taken = new Set<string>();
  private readonly waiting: (() => void)[] = [];
  stuck = true;

  async send({ verificationId }: OutgoingMessage): Promise<AcceptedSend> {
    this.taken.add(verificationId);
    if (this.stuck) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return { providerMessageId: 'id' };
  }

  letGo(): void {
    this.stuck = false;
    this.waiting.forEach((answer) => answer());
  }
}

const codeOf = ({ errors }: GraphQLAnswer): string => errors?.[0]?.extensions.code ?? 'OK';
const metric = async (app: TestApp, name: string) => {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith(name) && !line.endsWith(' 0'));
};

describe.each(DIALECTS)('overload, on %s', (dialect) => {
  it('refuses new requests of a channel while the backlog is older than its codes are valid, and accepts them again afterwards', async () => {
    const clock = new ManualClock();
    const provider = new StuckProvider();
    const sms = new StuckProvider();
    const app = await TestApp.start(
      dialect,
      { SEND_CONCURRENCY: '1', EMAIL_CODE_TTL_SECONDS: '1800', SMS_CODE_TTL_SECONDS: '300' },
      {
        clock,
        overloadCheckMs: 20,
        providers: { EMAIL: [provider], SMS: [Object.assign(sms, { name: 'sms', channel: 'SMS' })] },
      },
    );
    const email = () => app.requestEmail(`user-${Math.random()}@example.com`);
    const text = () => app.requestSms('01012345678');
    const ids = [];
    for (let user = 0; user < 8; user++) ids.push((await email()).data.requestEmailCode.id);
    expect(codeOf(await text())).toBe('OK');

    clock.advance(299);
    expect(codeOf(await text())).toBe('OK');
    clock.advance(40); // The leases of this node have expired by now, too.
    const refused = await until(async () => {
      const answer = await text();
      return answer.errors ? answer : null;
    });
    expect(refused.errors![0]!.extensions).toEqual({ code: 'CHANNEL_UNAVAILABLE', retryAfterSeconds: 30 });
    expect(refused.headers.get('retry-after')).toBe('30');
    expect(codeOf(await email())).toBe('OK');

    clock.advance(1_800);
    await until(async () => (codeOf(await email()) === 'CHANNEL_UNAVAILABLE' ? true : null));
    const resend = await app.gql(`mutation { resendCode(verificationId: "${ids[0]}") { id } }`);
    expect(['CONFLICT', 'CHANNEL_UNAVAILABLE']).toContain(codeOf(resend));
    // Accepted verifications can still be read and checked.
    expect((await app.verify(ids[0], '000000')).data.verifyCode.reason).toBe('EXPIRED');
    expect((await app.verification(ids[0])).status).toBe('EXPIRED');
    expect(await metric(app, 'injeung_overload_refusals_total')).toEqual([
      expect.stringMatching(/\{cause="backlog"\} [1-9]/),
    ]);

    provider.letGo();
    sms.letGo();
    const { id } = await until(async () => (await email()).data?.requestEmailCode ?? null);
    await app.delivered(id, 'SENT');
    await until(async () => (codeOf(await text()) === 'OK' ? true : null));
    await app.close();
  });

  it('refuses new requests while the event loop is saturated, and accepts them again afterwards', async () => {
    const app = await TestApp.start(dialect, {}, { overloadCheckMs: 20 });
    let turns = 30;
    const hog = () => {
      const end = performance.now() + 600;
      while (performance.now() < end);
      if (--turns > 0) setImmediate(hog);
    };
    hog();
    const refused = await until(async () => {
      const answer = await app.requestEmail(`user-${Math.random()}@example.com`);
      return answer.errors ? answer : null;
    });
    turns = 0;
    expect(refused.errors![0]!.extensions).toEqual({ code: 'CHANNEL_UNAVAILABLE', retryAfterSeconds: 5 });
    await until(async () => (codeOf(await app.requestEmail('after@example.com')) === 'OK' ? true : null));
    expect(await metric(app, 'injeung_overload_refusals_total{cause="event_loop"}')).toHaveLength(1);
    await app.close();
  }, 60_000);

  it('lets a limited number of statements wait and refuses the others immediately', async () => {
    const own = await createDatabase(dialect);
    const pool = { size: 2, connectTimeoutMs: 20_000, statementTimeoutMs: 20_000 };
    const database = await openDatabase(own.url, { pool });
    const most = dialect === 'sqlite' ? 4_096 : 2 * 200;
    const results = await Promise.allSettled(
      Array.from({ length: most + 500 }, () => database.transaction(() => query('SELECT 1 AS one'))),
    );
    const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.every(({ reason }) => reason instanceof DatabaseOverloaded)).toBe(true);
    // On PostgreSQL, statements that have a connection do not wait.
    expect(refused.length).toBeGreaterThanOrEqual(500 - (dialect === 'sqlite' ? 0 : pool.size));
    expect(refused.length).toBeLessThanOrEqual(500);
    expect(await database.read('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await database.close();
    await own.drop();
  });
});

// test/support/find-programs.ts reports which suites are skipped.
const onPostgres = DIALECTS.includes('postgres') ? it : it.skip;

onPostgres(
  'a node with too many deliveries leaves the deliveries that it cannot send to other nodes',
  async () => {
    const clock = new ManualClock(); // The clock does not move, so no lease expires.
    const stuck = new StuckProvider();
    const flooded = await TestApp.start(
      'postgres',
      { SEND_CONCURRENCY: '1' },
      { clock, providers: { EMAIL: [stuck] } },
    );
    const free = new StuckProvider();
    free.letGo();
    const database = { url: flooded.database.url, drop: async () => undefined };
    const other = await TestApp.on(database, {}, { clock, providers: { EMAIL: [free] } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, user) => flooded.requestEmail(`flood-${user}@example.com`)),
    );
    expect(answers.map(codeOf)).toEqual(Array(60).fill('OK'));
    // The busy node is sending one delivery, and two wait there.
    await until(() => (free.taken.size === 57 ? true : null));
    stuck.letGo();
    await until(() => (free.taken.size + stuck.taken.size === 60 ? true : null));
    await other.stop();
    await flooded.close();
  },
);
