import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createDatabase, DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const DAY = 86_400;
const PUBLISHED_BEFORE = 15 * 60;
const SECRET = 'the master secret of the test suite is long enough';

let users = 0;

async function prove(app: TestApp): Promise<string> {
  const email = `prover-${users++}@example.com`;
  const { id } = (await app.requestEmail(email)).data.requestEmailCode;
  return (await app.verify(id, await app.codeFor(email))).data.verifyCode.proof;
}

async function published(app: TestApp): Promise<string[]> {
  const response = await fetch(`${app.url}/.well-known/jwks.json`);
  const { keys } = (await response.json()) as { keys: { kid: string; d?: string }[] };
  expect(keys.filter(({ d }) => d !== undefined)).toEqual([]);
  return keys.map(({ kid }) => kid);
}

const publishedCount = (app: TestApp, count: number) =>
  until(async () => {
    const kids = await published(app);
    return kids.length === count ? kids : null;
  });

const kidOf = (proof: string) => decodeProtectedHeader(proof).kid!;

const consume = async (app: TestApp, token: string) =>
  (
    await app.admin(`mutation ($token: String!) { consumeProof(token: $token) { accepted reason } }`, {
      token,
    })
  ).data.consumeProof;

const rotate = async (app: TestApp, revokeOld: boolean) =>
  (
    await app.admin(`mutation ($old: Boolean!) { rotateProofKey(revokeOld: $old) { kid signsFrom } }`, {
      old: revokeOld,
    })
  ).data.rotateProofKey;

describe.each(DIALECTS)('proof keys, on %s', (dialect) => {
  let clock: ManualClock;
  const open: TestApp[] = [];
  beforeEach(() => (clock = new ManualClock()));
  afterEach(async () => {
    for (const app of open.splice(0).reverse()) await app.close();
  });

  async function start(env: Record<string, string> = {}, overrides = {}): Promise<TestApp> {
    const app = await TestApp.start(dialect, env, { clock, ...overrides });
    open.push(app);
    return app;
  }

  /** Two nodes if the database supports two, otherwise one node twice. */
  async function startNodes(env: Record<string, string> = {}, overrides = {}): Promise<[TestApp, TestApp]> {
    const app = await start(env, overrides);
    if (dialect === 'sqlite') return [app, app];
    const second = await app.another();
    open.push(second);
    return [app, second];
  }

  it('rotate: they are published first, then sign, and are then kept until their last proof has expired', async () => {
    const nodes = await startNodes({ PROOF_KEY_DAYS: '30', EMAIL_CODE_TTL_SECONDS: '86400' });
    const [node, other] = nodes;
    const [first] = await published(node);
    clock.advance(30 * DAY - 60);
    expect(await published(node)).toEqual([first]);
    clock.advance(60);
    const [second] = await publishedCount(node, 2);
    expect(await publishedCount(other, 2)).toEqual([second, first]);
    clock.advance(PUBLISHED_BEFORE - 1);
    for (const one of nodes) expect(kidOf(await prove(one))).toBe(first);
    const last = await prove(other);
    clock.advance(1);
    for (const one of nodes) expect(kidOf(await prove(one))).toBe(second);
    expect(await consume(node, last)).toEqual({ accepted: true, reason: null });
    clock.advance(598);
    for (const one of nodes) expect(await published(one)).toEqual([second, first]);
    clock.advance(2);
    for (const one of nodes) expect(await published(one)).toEqual([second]);
    clock.advance(30 * DAY);
    expect((await publishedCount(other, 2))[1]).toBe(second);
  });

  it('are created once when many nodes and operators create them at the same time, and are recorded in the audit log', async () => {
    const nodes = await startNodes({ PROOF_KEY_DAYS: '1' });
    clock.advance(DAY);
    for (const node of nodes) await publishedCount(node, 2);
    const entries = await until(async () => {
      const { data } = await nodes[0].admin(
        `{ auditLog { edges { node { actor action target outcome } } } }`,
      );
      const { edges } = data.auditLog;
      return edges.length > 0 ? edges.map(({ node }: any) => node) : null;
    });
    const [newest] = await published(nodes[0]);
    expect(entries).toEqual([{ actor: 'server', action: 'rotateProofKey', target: newest, outcome: 'OK' }]);
    clock.advance(PUBLISHED_BEFORE + 600);
    await Promise.all([0, 1, 2, 3].map((n) => rotate(nodes[n % 2]!, false)));
    const kids = await until(async () => {
      const [one, other] = [await published(nodes[0]), await published(nodes[1])];
      return one.join() === other.join() ? one : null;
    });
    expect(new Set(kids).size).toBe(kids.length);
    expect(kids.length).toBeGreaterThan(4);
  });

  it('rotate when an operator requests it, and a repeated answer contains the proof of the same key', async () => {
    const app = await start();
    const { id } = (await app.requestEmail('replay@example.com')).data.requestEmailCode;
    const code = await app.codeFor('replay@example.com');
    const { kid, signsFrom } = await rotate(app, false);
    expect(Date.parse(signsFrom)).toBe(clock.now() + PUBLISHED_BEFORE * 1000);
    clock.advance(PUBLISHED_BEFORE - 1);
    const { proof } = (await app.verify(id, code, { idempotencyKey: 'lost' })).data.verifyCode;
    expect(kidOf(proof)).not.toBe(kid);
    clock.advance(2);
    expect(kidOf(await prove(app))).toBe(kid);
    expect((await app.verify(id, code, { idempotencyKey: 'lost' })).data.verifyCode.proof).toBe(proof);
  });

  it('can be revoked: proofs of the old key are invalid from then on', async () => {
    const app = await start();
    const old = await prove(app);
    const { kid, signsFrom } = await rotate(app, true);
    expect(Date.parse(signsFrom)).toBe(clock.now());
    expect(await published(app)).toEqual([kid]);
    const fresh = await prove(app);
    expect(kidOf(fresh)).toBe(kid);
    expect(await consume(app, old)).toEqual({ accepted: false, reason: 'INVALID' });
    expect(await consume(app, fresh)).toEqual({ accepted: true, reason: null });
    const { data } = await app.admin(`{ auditLog { edges { node { action detail } } } }`);
    expect(data.auditLog.edges[0].node).toEqual({ action: 'rotateProofKey', detail: 'older keys revoked' });
  });

  it('are read again when a proof names a key that this node does not know yet', async () => {
    const [node, other] = await startNodes({}, { proofKeysReadMs: 3_600_000 });
    await rotate(node, false);
    clock.advance(PUBLISHED_BEFORE);
    expect(await consume(other, await prove(node))).toEqual({ accepted: true, reason: null });
  });

  it('do not rotate with PROOF_KEY_DAYS=0', async () => {
    const app = await start({ PROOF_KEY_DAYS: '0' });
    const kids = await published(app);
    clock.advance(4_000 * DAY);
    await prove(app);
    expect(await published(app)).toEqual(kids);
  });

  it('can be opened with a new secret, but not with a wrong one', async () => {
    const database = await createDatabase(dialect);
    const app = await TestApp.on(database, { INJEUNG_SECRET: SECRET }, { clock });
    open.push(app);
    const old = await prove(app);
    await rotate(app, false);
    await rotate(app, false);
    const kids = await published(app);
    expect(kids).toHaveLength(3);
    const next = 'another master secret that is long enough';
    await app.restart({ INJEUNG_SECRET: `${next},${SECRET}` });
    await app.restart({ INJEUNG_SECRET: next });
    expect(await published(app)).toEqual(kids);
    expect(await consume(app, old)).toEqual({ accepted: true, reason: null });
    await expect(app.restart({ INJEUNG_SECRET: SECRET })).rejects.toThrow(
      'none of the secrets decrypts the keyring',
    );
    await database.drop();
  });

  it('are cached by clients of the JWKS for a much shorter time than a new key waits before it signs', async () => {
    const app = await start();
    const response = await fetch(`${app.url}/.well-known/jwks.json`);
    const maxAge = Number(/max-age=(\d+)/.exec(response.headers.get('cache-control')!)![1]);
    expect(maxAge).toBeGreaterThan(0);
    expect(2 * maxAge).toBeLessThan(PUBLISHED_BEFORE);
    expect(decodeJwt(await prove(app)).iss).toBe('injeung');
  });
});
