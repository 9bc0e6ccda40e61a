import { PostgresDatabase } from '../../src/database/postgres/postgres-database';
import { SqliteDatabase } from '../../src/database/sqlite/sqlite-database';
import { contents } from '../support/contents';
import { DIALECTS, openDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { readRows } from '../support/read-rows';
import { ADMIN_KEY, TestApp } from '../support/test-app';
import { until } from '../support/until';

const KIM = 'key-of-operator-kim-0123456789';
const LEE = 'key-of-operator-lee-0123456789';
const FINGERPRINT = /^[0-9a-f]{12}$/;
const USER = 'watched.person@example.com';
const DELIVERIES = `query ($filter: DeliveryFilter) {
  deliveries(filter: $filter) { edges { node { recipient } } } }`;
const REFUSALS = `query ($recipient: String) { refusals(recipient: $recipient) { edges { node { count } } } }`;
const ENTRIES = `query ($first: Int, $after: String, $filter: AuditLogFilter) {
  auditLog(first: $first, after: $after, filter: $filter) {
    edges { node { at lastAt count actor address action target recipientKey outcome detail } }
    pageInfo { hasNextPage endCursor } } }`;

describe.each(DIALECTS)('the record of reads of recipients, on %s', (dialect) => {
  let app: TestApp;
  let clock: ManualClock;
  /** The time of the clock is the start of a minute. */
  beforeEach(async () => {
    clock = new ManualClock();
    app = await TestApp.start(
      dialect,
      { ADMIN_API_KEYS: `kim:${KIM},lee:${LEE},${ADMIN_KEY}`, TRUST_PROXY: '1' },
      { clock },
    );
  });
  afterEach(() => app.close());

  const as = (key: string, from = '203.0.113.7') => ({
    authorization: `Bearer ${key}`,
    'x-forwarded-for': from,
  });
  const deliveriesOf = (recipient: string | null, headers = as(KIM)) =>
    app.gql(DELIVERIES, { filter: recipient === null ? null : { recipient } }, headers);
  const entries = async (filter: object | null = null, page: object = {}): Promise<any[]> => {
    const { data, errors } = await app.gql(ENTRIES, { filter, ...page }, as(ADMIN_KEY));
    expect(errors).toBeUndefined();
    return data.auditLog.edges.map(({ node }: any) => node);
  };

  it('says who read from where, whose data, when and how often', async () => {
    await app.requestEmail(USER);
    const first = new Date(clock.now()).toISOString();
    await deliveriesOf(USER);
    clock.advance(30);
    await deliveriesOf(USER.toUpperCase().replace('EXAMPLE.COM', 'example.com'));
    expect(await entries()).toEqual([
      {
        at: first,
        lastAt: new Date(clock.now()).toISOString(),
        count: 2,
        actor: 'kim',
        address: '203.0.113.7',
        action: 'deliveries',
        target: null,
        recipientKey: expect.stringMatching(/^[\w-]{22}$/),
        outcome: 'OK',
        detail: null,
      },
    ]);
  });

  it('has one entry for each minute, key, query, recipient and address', async () => {
    const phone = '010-1234-5678';
    const reads = [
      () => deliveriesOf(USER),
      () => deliveriesOf(null),
      () => deliveriesOf('other@example.com'),
      () => deliveriesOf(phone),
      () => deliveriesOf(USER, as(LEE)),
      () => deliveriesOf(USER, as(ADMIN_KEY)),
      () => deliveriesOf(USER, as(KIM, '2001:db8::1')),
      () => app.gql(REFUSALS, { recipient: USER }, as(KIM)),
      () => app.gql(REFUSALS, {}, as(KIM)),
    ];
    for (const minute of [1, 2]) {
      for (let refresh = 0; refresh < 3; refresh++) for (const read of reads) await read();
      const found = await entries(null, { first: 100 });
      expect(found).toHaveLength(minute * reads.length);
      for (const { count } of found) expect(count).toBe(3);
      clock.advance(60);
    }
    const found = await entries(null, { first: 100 });
    const having = (field: string, value: string | null) => found.filter((entry) => entry[field] === value);
    expect(having('actor', 'lee')).toHaveLength(2);
    expect(having('address', '2001:db8::1')).toHaveLength(2);
    expect(having('action', 'refusals')).toHaveLength(4);
    expect(having('recipientKey', null)).toHaveLength(4);
    expect(new Set(found.map(({ recipientKey }) => recipientKey)).size).toBe(4);
    expect(found.some(({ actor }) => FINGERPRINT.test(actor))).toBe(true);
  });

  it('has every query about recipients, with the recipient also when a verification was asked for', async () => {
    const { id } = (await app.requestEmail(USER)).data.requestEmailCode;
    const { recipientKey } = (await deliveriesOf(USER), (await entries())[0]);
    const queries: [string, object, object][] = [
      [
        `query ($r: String) { suppressions(recipient: $r) { edges { cursor } } }`,
        { r: USER },
        { recipientKey },
      ],
      [`{ suppressions { edges { cursor } } }`, {}, { recipientKey: null }],
      [`query ($r: String) { why(recipient: $r) { cause } }`, { r: USER }, { recipientKey, target: null }],
      [`query ($id: ID) { why(verificationId: $id) { cause } }`, { id }, { recipientKey, target: id }],
      [
        `{ why(verificationId: "unknown") { cause } }`,
        {},
        { recipientKey: null, target: null, action: 'why' },
      ],
      [
        `mutation ($r: String) { suppressRecipient(input: { email: $r }) { reason } }`,
        { r: USER },
        { recipientKey, action: 'suppressRecipient' },
      ],
      [
        `mutation ($r: String) { unsuppressRecipient(input: { email: $r }) { removed } }`,
        { r: USER },
        { recipientKey, action: 'unsuppressRecipient' },
      ],
    ];
    for (const [query, variables, expected] of queries) {
      clock.advance(60);
      expect((await app.gql(query, variables, as(LEE))).errors).toBeUndefined();
      expect((await entries())[0]).toMatchObject({
        actor: 'lee',
        address: '203.0.113.7',
        count: 1,
        outcome: 'OK',
        ...expected,
      });
    }
  });

  it('counts reads at the same moment, on every node, in one entry', async () => {
    const other = dialect === 'postgres' ? await app.another() : app;
    await Promise.all(
      [app, other].flatMap((node) =>
        Array.from({ length: 10 }, () => node.gql(DELIVERIES, { filter: { recipient: USER } }, as(KIM))),
      ),
    );
    expect(await entries()).toMatchObject([{ action: 'deliveries', count: 20 }]);
  });

  it('costs one statement for each read, and nothing for requests of front ends', async () => {
    const statements: string[] = [];
    const keep = (sql: string) => {
      // The purge runs at every start.
      if (sql.includes('audit_entry') && !sql.startsWith('DELETE')) statements.push(sql);
    };
    const sqlite = SqliteDatabase.prototype as any;
    const { runStatement } = sqlite;
    jest.spyOn(sqlite, 'runStatement').mockImplementation(function (this: unknown, sql: any, params: any) {
      keep(sql);
      return runStatement.call(this, sql, params);
    });
    const postgres = PostgresDatabase.prototype as any;
    const { prepare } = postgres;
    jest.spyOn(postgres, 'prepare').mockImplementation(function (this: unknown, statement: any) {
      keep(statement.sql);
      return prepare.call(this, statement);
    });
    const { id } = (await app.requestEmail(USER)).data.requestEmailCode;
    await app.verification(id);
    await app.verify(id, await app.codeFor(USER));
    expect(statements).toEqual([]);
    await deliveriesOf(USER);
    await app.gql(REFUSALS, {}, as(KIM));
    expect(statements).toHaveLength(2);
    jest.restoreAllMocks();
  });

  it('does not contain reads that are refused, because they return nothing', async () => {
    const refused = [
      await deliveriesOf('not@all@'),
      await app.gql(DELIVERIES, {}, as('a-key-that-is-not-in-the-settings')),
      await app.gql(`{ deliveries(first: 0) { edges { cursor } } }`, {}, as(KIM)),
      await app.gql(`{ refusals(after: "x") { edges { cursor } } }`, {}, as(KIM)),
    ];
    for (const { errors } of refused) expect(errors).toHaveLength(1);
    expect(await entries()).toEqual([]);
  });

  it('is stored before data is returned: what cannot be recorded is not read', async () => {
    await app.requestEmail(USER);
    await change(`ALTER TABLE audit_entry RENAME TO lost`);
    const { data, errors } = await deliveriesOf(USER);
    expect(data).toBeNull();
    expect(errors![0]!.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    await change(`ALTER TABLE lost RENAME TO audit_entry`);
    expect((await deliveriesOf(USER)).data.deliveries.edges).toHaveLength(1);
  });

  it('has the address of the client as TRUST_PROXY finds it', async () => {
    const from = ['198.51.100.9', '[2001:DB8:0:0::9]:443', '::ffff:198.51.100.10', 'not an address'];
    for (const address of from) await deliveriesOf(null, as(KIM, address));
    await app.gql(DELIVERIES, {}, { authorization: `Bearer ${KIM}` });
    expect((await entries()).map(({ address }) => address).sort()).toEqual([
      '127.0.0.1',
      '198.51.100.10',
      '198.51.100.9',
      '2001:db8::9',
      'unknown',
    ]);
  });

  it('is found by recipient, also after an erasure, and contains no recipient', async () => {
    await app.requestEmail(USER);
    await deliveriesOf(USER);
    await deliveriesOf('somebody.else@example.com');
    const erase = `mutation ($email: String!) { eraseRecipient(input: { email: $email }) { verifications } }`;
    clock.advance(1);
    await app.gql(erase, { email: USER }, as(LEE));
    const found = await entries({ recipient: USER.toUpperCase().replace('EXAMPLE', 'example') });
    expect(found).toMatchObject([
      { actor: 'lee', action: 'eraseRecipient', outcome: 'OK', address: '203.0.113.7', count: 1 },
      { actor: 'kim', action: 'deliveries', count: 1 },
    ]);
    expect(new Set(found.map(({ recipientKey }) => recipientKey)).size).toBe(1);
    // The search itself is a read about a recipient.
    expect(await entries({ recipient: USER, action: 'auditLog' })).toMatchObject([
      { action: 'auditLog', count: 1, recipientKey: found[0].recipientKey },
    ]);
    expect(await entries({ action: 'auditLog' })).toMatchObject([{ count: 2 }]);
    expect(await entries({ recipient: 'stranger@example.com' })).toEqual([]);
    await app.stop();
    const kept = await contents(app.database.url);
    for (const secret of ['watched.person', 'somebody.else', 'stranger@'])
      expect(kept + app.log.join('')).not.toContain(secret);
    await app.open();
  });

  it('is filtered by actor, action and time, in pages', async () => {
    const start = clock.now();
    for (let minute = 0; minute < 6; minute++) {
      await deliveriesOf(null, as(minute % 2 ? LEE : KIM));
      await app.gql(REFUSALS, {}, as(KIM));
      clock.advance(60);
    }
    const at = (minute: number) => new Date(start + minute * 60_000).toISOString();
    const times = async (filter: object) => (await entries(filter)).map((entry) => entry.at);
    expect(await times({ actor: 'lee' })).toEqual([at(5), at(3), at(1)]);
    expect(await times({ actor: 'kim', action: 'deliveries' })).toEqual([at(4), at(2), at(0)]);
    expect(await times({ action: 'refusals', from: at(2), to: at(4) })).toEqual([at(3), at(2)]);
    expect(await times({ actor: 'nobody' })).toEqual([]);
    expect(await times({ actor: '' })).toEqual([]);
    const paged: string[] = [];
    for (let after: string | null = null; ;) {
      const { data } = await app.gql(
        ENTRIES,
        { first: 2, after, filter: { actor: 'kim', from: at(1) } },
        as(ADMIN_KEY),
      );
      paged.push(...data.auditLog.edges.map(({ node }: any) => `${node.at} ${node.action}`));
      if (!data.auditLog.pageInfo.hasNextPage) break;
      after = data.auditLog.pageInfo.endCursor;
    }
    expect(paged).toHaveLength(7);
    expect(new Set(paged).size).toBe(7);
    expect(
      [...paged]
        .sort()
        .reverse()
        .map((line) => line.slice(0, 24)),
    ).toEqual(paged.map((line) => line.slice(0, 24)));
  });

  it.each([
    [{ from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'filter.to', 'OUT_OF_RANGE'],
    [{ from: 'yesterday' }, 'filter.from', 'INVALID_FORMAT'],
    [{ recipient: 'not@all@' }, 'filter.recipient', 'INVALID_EMAIL'],
    [{ who: 'kim' }, 'filter.who', 'UNKNOWN_FIELD'],
  ])('cannot be filtered by %j', async (filter, path, rule) => {
    const { errors } = await app.gql(ENTRIES, { filter }, as(ADMIN_KEY));
    expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path, rule }] });
  });

  it('has entries of a node with the former version beside its own', async () => {
    await change(
      `INSERT INTO audit_entry (id, at, actor, action, target, outcome, detail)
       VALUES ('former', ${clock.now() - 1_000}, 'kim', 'setDkimSigning', 'example.com', 'OK', 'on')`,
    );
    await deliveriesOf(null);
    expect(await entries({ actor: 'kim' })).toMatchObject([
      { action: 'deliveries' },
      {
        action: 'setDkimSigning',
        at: new Date(clock.now() - 1_000).toISOString(),
        lastAt: new Date(clock.now() - 1_000).toISOString(),
        count: 1,
        address: null,
        recipientKey: null,
      },
    ]);
  });

  it('has the address of operators who change something', async () => {
    await app.gql(`mutation { createDkimKey(input: { domain: "example.com" }) { id } }`, {}, as(KIM));
    await app.gql(`mutation { createDkimKey(input: { domain: "?" }) { id } }`, {}, as(KIM));
    await app.gql(`mutation { rotateProofKey { kid } }`, {}, as(LEE, '198.51.100.1'));
    // All of them may have the same time.
    expect((await entries()).map(({ action, address }) => `${action} ${address}`).sort()).toEqual([
      'createDkimKey 203.0.113.7',
      'createDkimKey 203.0.113.7',
      'rotateProofKey 198.51.100.1',
    ]);
  });

  /** Changes the database while the server is stopped. */
  async function change(sql: string): Promise<void> {
    await app.stop();
    const database = await openDatabase(app.database.url, { testClock: clock });
    await database.dataSource.query(sql);
    await database.close();
    await app.open();
  }

  it('is purged after AUDIT_RETENTION_DAYS', async () => {
    await app.restart({ AUDIT_RETENTION_DAYS: '365', PROOF_KEY_DAYS: '0' });
    await deliveriesOf(null);
    clock.advance(365 * 86_400 - 60);
    await deliveriesOf(null, as(LEE));
    const actors = async () =>
      (await readRows<{ actor: string }>(app.database.url, 'SELECT actor FROM audit_entry ORDER BY at')).map(
        ({ actor }) => actor,
      );
    expect(await actors()).toEqual(['kim', 'lee']);
    await until(async () => {
      clock.advance(600);
      return (await actors()).join() === 'lee' ? true : null;
    });
    await until(async () => {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      return metrics.includes('purged_rows_total{table="audit_entry"} 1\n') ? true : null;
    });
  });
});
