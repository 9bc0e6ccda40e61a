import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { dkimSign, dkimVerify } from 'mailauth';
import { contents } from '../support/contents';
import { DIALECTS } from '../support/databases';
import { digTxt } from '../support/dig';
import { FakeDns } from '../support/fake-dns';
import { FakeSes } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const LIFE = `id domain selector bits state failure drift { message } removalSafeAt publishedAt pendingAt activeAt
  failedAt retiredAt watchedAt`;
const KEY = `${LIFE}
  record { name type value strings zoneLine } dns { published matches found problems { code } checkedAt }`;
const IDENTITY = `name type verifiedForSending verificationStatus
  dkim { origin signingEnabled status tokens byodkimReady records { name type value } }`;

describe.each(DIALECTS)('a sending domain, on %s', (dialect) => {
  let dns: FakeDns;
  let ses: FakeSes;
  let app: TestApp;
  let clock: ManualClock;

  beforeEach(async () => {
    dns = await FakeDns.start();
    ses = await FakeSes.start();
    Object.assign(process.env, ses.environment);
    clock = new ManualClock();
    const fast = { dispatcherPollMs: 20, firstReceiptMs: 50, dutyPollMs: 10, identityCallsPerSecond: 500 };
    app = await TestApp.start(dialect, { DNS_SERVERS: dns.address }, { clock, ...fast });
  });
  afterEach(async () => {
    await app.close();
    await ses.close();
    await dns.close();
  });

  async function createKey(domain: string, selector?: string): Promise<any> {
    const { data, errors } = await app.admin(
      `mutation ($input: CreateDkimKeyInput!) { createDkimKey(input: $input) { ${KEY} } }`,
      { input: { domain, selector } },
    );
    expect(errors).toBeUndefined();
    return data.createDkimKey;
  }
  const activate = (id: string, force = false) =>
    app.admin(
      `mutation ($id: ID!, $force: Boolean!) { activateDkimKey(id: $id, force: $force) {
         key { ${KEY} } identity { ${IDENTITY} } warnings } }`,
      { id, force },
    );
  const key = async (id: string) =>
    (await app.admin(`query ($id: ID!) { dkimKey(id: $id) { ${KEY} } }`, { id })).data.dkimKey;
  /** Does not request `dns`, because a look-up takes long when a name server does not answer. */
  const life = async (id: string) =>
    (await app.admin(`query ($id: ID!) { dkimKey(id: $id) { ${LIFE} } }`, { id })).data.dkimKey;
  const identity = async (name: string) =>
    (await app.admin(`query ($name: String!) { emailIdentity(name: $name) { ${IDENTITY} } }`, { name })).data
      .emailIdentity;
  const publish = ({ record }: any) => dns.set(record.name, { TXT: [record.strings] });
  const confirmFromDns = () =>
    ses.identities.confirmFromDns(async (name) => (await digTxt(dns.address, name)).join(''));
  /** The watcher uses the database's clock, which only this function moves. */
  const inState = (id: string, state: string, stepSeconds = 60) =>
    until(async () => {
      clock.advance(stepSeconds);
      const found = await life(id);
      return found.state === state ? found : null;
    });
  const inUse = async (domain: string, selector?: string) => {
    const made = await createKey(domain, selector);
    publish(made);
    await activate(made.id);
    await confirmFromDns();
    return { ...made, ...(await inState(made.id, 'ACTIVE')) };
  };

  it('goes from its creation to byodkimReady', async () => {
    const made = await createKey('Example.COM');
    expect(made).toMatchObject({ domain: 'example.com', bits: 2048, state: 'CREATED' });
    expect(made.selector).toMatch(/^ij20260115-[a-z2-9]{4}$/);
    expect(made.record.strings.map((string: string) => string.length)).toEqual([255, 155]);
    expect(made.dns).toMatchObject({ published: false, matches: false, problems: [{ code: 'MISSING' }] });

    const early = await activate(made.id);
    expect(early.errors![0]!.extensions).toMatchObject({ code: 'CONFLICT', problems: [{ code: 'MISSING' }] });
    expect(ses.identities.identities.size).toBe(0);

    publish(made);
    expect(await key(made.id)).toMatchObject({
      state: 'PUBLISHED',
      dns: { matches: true, found: [made.record.value] },
    });
    expect((await life(made.id)).state).toBe('PUBLISHED');

    const { data } = await activate(made.id);
    expect(data.activateDkimKey).toMatchObject({ key: { state: 'PENDING' }, warnings: [] });
    expect(data.activateDkimKey.identity).toMatchObject({
      name: 'example.com',
      type: 'DOMAIN',
      dkim: { origin: 'EXTERNAL', status: 'PENDING', byodkimReady: false, records: [] },
    });
    await confirmFromDns();
    const active = await inState(made.id, 'ACTIVE');
    expect(Date.parse(active.activeAt)).toBeGreaterThan(Date.parse(active.pendingAt));
    expect((await identity('example.com')).dkim.byodkimReady).toBe(true);
  });

  it('signs mail that an independent verifier accepts with the record in DNS', async () => {
    const made = await inUse('signed.example');
    const signing = ses.identities.identities.get('signed.example')!;
    const message =
      'From: verify@signed.example\r\nTo: a@b.example\r\nSubject: code\r\nDate: Thu, 15 Jan 2026 03:00:00 +0000\r\n\r\nhello\r\n';
    const { signatures } = await dkimSign(message, {
      canonicalization: 'relaxed/relaxed',
      signatureData: [
        {
          signingDomain: 'signed.example',
          selector: signing.selector!,
          privateKey: signing.privateKey!.export({ type: 'pkcs8', format: 'pem' }) as string,
        },
      ],
    } as any);
    const resolver = async (name: string) => (await digTxt(dns.address, name)).map((value) => [value]);
    const verified = await dkimVerify(`${signatures}${message}`, { resolver });
    expect(verified.results[0]).toMatchObject({
      signingDomain: 'signed.example',
      selector: made.selector,
      status: { result: 'pass' },
    });
  });

  it('imports keys in every form, and gives SES the same key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const forms = [
      privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
      privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64'),
      privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    ];
    for (const [index, form] of forms.entries()) {
      const input = { domain: `import${index}.example`, selector: 'S1', privateKey: form };
      const { data } = await app.admin(
        `mutation ($input: ImportDkimKeyInput!) { importDkimKey(input: $input) { ${KEY} } }`,
        { input },
      );
      expect(data.importDkimKey).toMatchObject({ selector: 's1', bits: 1024, state: 'CREATED' });
      publish(data.importDkimKey);
      expect((await activate(data.importDkimKey.id)).errors).toBeUndefined();
      const kept = ses.identities.identities.get(input.domain)!.privateKey!;
      expect(kept.equals(privateKey)).toBe(true);
    }
  });

  it.each([
    ['a key of 512 bits', () => rsa(512), 'input.privateKey'],
    ['a key of 4096 bits', () => rsa(4096), 'input.privateKey'],
    ['an EC key', () => pem(generateKeyPairSync('ec', { namedCurve: 'P-256' })), 'input.privateKey'],
    ['a key with a passphrase', () => encryptedPem(), 'input.privateKey'],
    ['a dotted selector', () => rsa(1024), 'input.selector', { selector: 'a.b' }],
    ['a domain with a blank', () => rsa(1024), 'input.domain', { domain: 'exa mple.com' }],
    ['a single label', () => rsa(1024), 'input.domain', { domain: 'localhost' }],
  ] as [string, () => string, string, object?][])(
    'refuses %s, and names the field but not the value',
    async (...[, make, path, other]) => {
      const privateKey = make();
      const { errors } = await app.admin(
        `mutation ($input: ImportDkimKeyInput!) { importDkimKey(input: $input) { id } }`,
        { input: { domain: 'refused.example', privateKey, ...other } },
      );
      expect(errors![0]!.extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [{ path }] });
      expect(JSON.stringify(errors)).not.toContain(privateKey.slice(40, 80));
    },
  );

  it('never uses a selector twice, in upper or lower case', async () => {
    await createKey('once.example', 'first');
    for (const selector of ['first', 'FIRST']) {
      const { errors } = await app.admin(
        `mutation ($input: CreateDkimKeyInput!) { createDkimKey(input: $input) { id } }`,
        { input: { domain: 'once.example', selector } },
      );
      expect(errors![0]!.extensions.code).toBe('CONFLICT');
    }
  });

  it('warns of the unsigned gap when the domain signs with Easy DKIM, and offers a way without a gap', async () => {
    ses.identities.add('easy.example');
    expect((await identity('easy.example')).dkim).toMatchObject({
      origin: 'AWS_SES',
      byodkimReady: false,
      records: [{ type: 'CNAME', value: 'aaaeasyexample.dkim.amazonses.com' }, {}, {}],
    });
    const made = await createKey('easy.example');
    publish(made);
    const ask = await app.admin(`query ($id: ID!) { dkimKey(id: $id) { activationWarnings } }`, {
      id: made.id,
    });
    expect(ask.data.dkimKey.activationWarnings).toEqual([expect.stringContaining('send.easy.example')]);
    expect(ses.identities.identities.get('easy.example')!.origin).toBe('AWS_SES');
    const { data } = await activate(made.id);
    expect(data.activateDkimKey.warnings).toEqual([expect.stringContaining('send.easy.example')]);
    expect(ses.identities.identities.get('easy.example')!.origin).toBe('EXTERNAL');
  });

  it('activates a key without its record only by force, with a warning', async () => {
    const made = await createKey('forced.example');
    const { data } = await activate(made.id, true);
    expect(data.activateDkimKey.key.state).toBe('PENDING');
    expect(data.activateDkimKey.warnings).toEqual([expect.stringContaining('unsigned')]);
  });

  it('rotates: the new key is used, the old record can be removed after a week, and the old key is never used again', async () => {
    const old = await inUse('rotates.example');
    const next = await createKey('rotates.example');
    publish(next);
    const { data } = await activate(next.id);
    expect(data.activateDkimKey.warnings).toHaveLength(1);
    expect((await key(old.id)).state).toBe('ACTIVE');
    await confirmFromDns();
    await inState(next.id, 'ACTIVE');
    const retired = await key(old.id);
    expect(retired.state).toBe('RETIRED');
    const waitMs = Date.parse(retired.removalSafeAt) - Date.parse(retired.retiredAt);
    expect(waitMs).toBe(7 * 86_400_000);
    expect((await activate(old.id)).errors![0]!.extensions.code).toBe('CONFLICT');
  });

  it('reports the drift of an active key when its record is missing or different, or when SES uses another key', async () => {
    const made = await inUse('drifts.example');
    const record = { TXT: [made.record.strings] };
    const drifted = (pattern: RegExp | null) =>
      until(async () => {
        clock.advance(1800);
        const { drift } = await life(made.id);
        const asExpected = pattern === null ? drift === null : pattern.test(drift?.message ?? '');
        return asExpected || null;
      });
    dns.remove(made.record.name);
    await drifted(/no TXT record/);
    // On a slow machine the figure can be NaN, so the test reads it again until it is a number.
    await until(async () => {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      const figures = [/^injeung_dkim_drifted_keys 1$/m, /^injeung_dkim_keys\{state="ACTIVE"\} 1$/m];
      return figures.every((figure) => figure.test(metrics)) || null;
    });
    dns.set(made.record.name, record);
    await drifted(null);
    ses.identities.identities.get('drifts.example')!.signingEnabled = false;
    await drifted(/switched off/);
    ses.identities.identities.get('drifts.example')!.signingEnabled = true;
    await drifted(null);
    dns.failWith('SERVFAIL');
    const callsBefore = ses.calls.length;
    await until(() => {
      clock.advance(1800);
      return ses.calls.length >= callsBefore + 2 ? true : null;
    });
    await drifted(null); // It is not drift when name servers do not answer.
    Object.assign(ses.identities.identities.get('drifts.example')!, { origin: 'AWS_SES' });
    await drifted(/AWS_SES/);
    expect((await key(made.id)).state).toBe('ACTIVE');
  });

  it('checks a key after a restart and after errors of SES, and stops after 72 hours', async () => {
    const made = await createKey('slow.example');
    publish(made);
    await activate(made.id);
    clock.advance(3600);
    await app.restart();
    ses.identities.refusals.push(sesRefusal(500, 'InternalServiceErrorException', 'try again'));
    const failed = await inState(made.id, 'FAILED', 1800);
    expect(failed.failure).toContain('72 hours');
    expect(clock.now() - Date.parse(failed.pendingAt)).toBeGreaterThanOrEqual(72 * 3_600_000);
    const { data } = await app.admin(
      `{ auditLog(first: 100) { edges { node { actor action target outcome } } } }`,
    );
    expect(data.auditLog.edges.map(({ node }: any) => node)).toContainEqual({
      actor: 'server',
      action: 'dkimKey.failed',
      target: `${made.selector}._domainkey.slow.example`,
      outcome: 'FAILED',
    });
    // The key can be activated again, and succeeds then.
    await activate(made.id);
    await confirmFromDns();
    await inState(made.id, 'ACTIVE');
  });

  it('completes an activation whose answer was lost, also when SES returns no tokens', async () => {
    ses.identities.tokensUnderByodkim = false;
    const old = await inUse('lost.example');
    const next = await createKey('lost.example');
    publish(next);
    ses.identities.loseNextAnswer = true;
    const { errors } = await activate(next.id);
    expect(errors![0]!.extensions).toMatchObject({ code: 'PROVIDER_ERROR', name: 'InternalFailure' });
    expect((await life(next.id)).state).toBe('PENDING');
    expect((await life(old.id)).state).toBe('ACTIVE');
    const puts = () =>
      ses.calls.filter(({ method, target }) => method === 'PUT' && /signing/.test(target)).length;
    const before = puts();
    await until(() => {
      clock.advance(60);
      return puts() > before ? true : null;
    });
    await confirmFromDns();
    await inState(next.id, 'ACTIVE');
    expect((await life(old.id)).state).toBe('RETIRED');
  });

  describe('a key that SES does not accept', () => {
    const isActivation = ({ method, target }: { method: string; target: string }) =>
      (method === 'POST' && target === '/v2/email/identities') ||
      (method === 'PUT' && /signing$/.test(target));
    const refusal = sesRefusal(403, 'AccessDeniedException', 'User is not authorized to perform that');
    const HOURS_72_MS = 72 * 3_600_000;

    /** SES answers the activation with an error, so it is unknown whether SES accepted the key. */
    async function activateUnanswered(domain: string): Promise<any> {
      const made = await createKey(domain);
      publish(made);
      ses.identities.refuseAlways = (call) =>
        isActivation(call) ? sesRefusal(500, 'InternalFailure', 'no answer') : null;
      expect((await activate(made.id)).errors![0]!.extensions.code).toBe('PROVIDER_ERROR');
      expect((await life(made.id)).state).toBe('PENDING');
      return made;
    }
    const activations = () => ses.calls.filter(isActivation).length;
    const goOnFor = (hours: number) => {
      const end = clock.now() + hours * 3_600_000;
      return until(() => {
        clock.advance(7_200);
        return clock.now() >= end ? true : null;
      });
    };

    it.each([
      ['its hand-over', isActivation],
      ['every call', () => true],
    ])('becomes FAILED with the reason of SES when SES refuses %s for 72 hours', async (_what, isRefused) => {
      const old = await inUse('kept.example');
      const made = await activateUnanswered('kept.example');
      ses.identities.refuseAlways = (call) => (isRefused(call) ? refusal : null);
      const failed = await inState(made.id, 'FAILED', 7_200);
      expect(failed.failure).toContain('72 hours');
      expect(failed.failure).toContain('AccessDeniedException: User is not authorized');
      expect(Date.parse(failed.failedAt) - Date.parse(failed.pendingAt)).toBeGreaterThanOrEqual(HOURS_72_MS);
      expect((await life(old.id)).state).toBe('ACTIVE');
      const { data } = await app.admin(
        `{ auditLog(first: 20) { edges { node { action target outcome } } } }`,
      );
      expect(data.auditLog.edges.map(({ node }: any) => node)).toContainEqual({
        action: 'dkimKey.failed',
        target: `${made.selector}._domainkey.kept.example`,
        outcome: 'FAILED',
      });
    });

    it('is not given to SES again after it is FAILED, until it is activated again', async () => {
      const old = await inUse('again.example');
      const made = await activateUnanswered('again.example');
      ses.identities.refuseAlways = (call) => (isActivation(call) ? refusal : null);
      await inState(made.id, 'FAILED', 7_200);
      ses.identities.refuseAlways = () => null;
      const before = activations();
      const { watchedAt } = await life(old.id);
      await goOnFor(24);
      await until(async () => {
        clock.advance(1_800);
        return (await life(old.id)).watchedAt > watchedAt ? true : null;
      });
      expect(activations()).toBe(before);
      expect(await life(made.id)).toMatchObject({ state: 'FAILED' });
      expect(await life(old.id)).toMatchObject({ state: 'ACTIVE', drift: null });
      expect((await activate(made.id)).errors).toBeUndefined();
      await confirmFromDns();
      expect(await inState(made.id, 'ACTIVE')).toMatchObject({ failure: null });
      expect((await life(old.id)).state).toBe('RETIRED');
    });

    it('is used when SES accepts it within 72 hours', async () => {
      const made = await activateUnanswered('late.example');
      ses.identities.refuseAlways = (call) => (isActivation(call) ? refusal : null);
      const before = activations();
      await goOnFor(60);
      expect(activations()).toBeGreaterThan(before);
      ses.identities.refuseAlways = () => null;
      await until(() => {
        clock.advance(300);
        return ses.identities.identities.get('late.example')?.origin === 'EXTERNAL' ? true : null;
      });
      await confirmFromDns();
      await inState(made.id, 'ACTIVE');
    });
  });

  it('keeps its state when SES refuses the activation', async () => {
    const made = await createKey('refused.example');
    publish(made);
    ses.identities.refusals.push(
      sesRefusal(404, 'NotFoundException', 'not here'),
      sesRefusal(403, 'AccessDeniedException', 'no'),
    );
    expect((await activate(made.id)).errors![0]!.extensions.code).toBe('PROVIDER_ERROR');
    expect(await life(made.id)).toMatchObject({ state: 'PUBLISHED', pendingAt: null });
  });

  it('activates one key of a domain at a time', async () => {
    const keys = [await createKey('twins.example'), await createKey('twins.example')];
    keys.forEach(publish);
    const answers = await Promise.all(keys.map(({ id }) => activate(id)));
    const codes = answers.map(({ errors }) => errors?.[0]!.extensions.code ?? 'OK');
    expect(codes.sort()).toEqual(['CONFLICT', 'OK']);
  });

  it('retires a key that is not in use, and a key whose identity was deleted', async () => {
    const retire = (id: string) =>
      app.admin(`mutation ($id: ID!) { retireDkimKey(id: $id) { state removalSafeAt } }`, { id });
    const spare = await createKey('retires.example');
    expect((await retire(spare.id)).data.retireDkimKey.state).toBe('RETIRED');
    const made = await inUse('retires.example');
    expect((await retire(made.id)).errors![0]!.extensions.code).toBe('CONFLICT');
    ses.identities.identities.delete('retires.example'); // The identity is deleted in the console of SES.
    const gone = await app.admin(`mutation { deleteEmailIdentity(name: "retires.example") }`);
    expect(gone.errors![0]!.extensions.code).toBe('NOT_FOUND');
    expect((await life(made.id)).state).toBe('RETIRED');
    expect((await retire('unknown')).errors![0]!.extensions.code).toBe('NOT_FOUND');
  });

  it('is still watched after a clock was wrong for a short time', async () => {
    const made = await inUse('clock.example');
    clock.advance(10 * 365 * 86_400);
    const callsBefore = ses.calls.length;
    await until(() => {
      clock.advance(60);
      return ses.calls.length > callsBefore ? true : null;
    });
    await until(async () => ((await life(made.id)).drift === null ? true : null));
    clock.advance(-10 * 365 * 86_400);
    dns.remove(made.record.name);
    await until(async () => {
      clock.advance(60);
      return (await life(made.id)).drift;
    });
  });

  it('is watched by another node after the node that activated it has ended', async () => {
    const made = await createKey('orphan.example');
    publish(made);
    if (dialect === 'postgres') {
      const other = await app.another();
      await other.admin(`mutation { activateDkimKey(id: "${made.id}") { key { state } } }`);
      await other.close();
    } else {
      await activate(made.id);
      await app.restart();
    }
    expect((await life(made.id)).state).toBe('PENDING');
    await confirmFromDns();
    await inState(made.id, 'ACTIVE');
  });

  it('does not reveal the private key in the database, the log, an answer or an error of SES', async () => {
    const made = await createKey('secret.example');
    publish(made);
    await activate(made.id);
    const privateKey = ses.identities.identities.get('secret.example')!.privateKey!;
    const base64 = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    const message = `1 validation error detected: Value '${base64}' at 'domainSigningPrivateKey' failed to satisfy constraint`;
    ses.identities.refusals.push(
      ...[200, 400].map((status) => sesRefusal(status, 'BadRequestException', message)),
    );
    await activate(made.id, true);
    await app.admin(`mutation ($input: ImportDkimKeyInput!) { importDkimKey(input: $input) { id } }`, {
      input: { domain: 'secret.example', selector: made.selector, privateKey: base64 },
    });
    await app.admin(`mutation ($input: ImportDkimKeyInput!) { importDkimKey(input: $input) { id } }`, {
      input: { domain: 'secret.example', selector: { nonsense: base64 }, privateKey: [base64, 1] },
    });
    const kept = (await contents(app.database.url)) + app.log.join('') + app.answers.join('');
    expect(kept).toContain('secret.example');
    // The first bytes are the same in all keys. The following bytes belong to this key.
    const { d, p, q } = privateKey.export({ format: 'jwk' });
    for (const part of [base64.slice(64, 128), base64.slice(-64), d!, p!, q!])
      expect(kept).not.toContain(part);
    for (const number of [d!, p!, q!]) {
      const bytes = Buffer.from(number, 'base64url');
      expect(kept).not.toContain(bytes.toString('latin1'));
      expect(kept).not.toContain(bytes.toString('hex'));
    }
  });

  it('returns the companion records that a domain requires, with their state in DNS', async () => {
    ses.identities.add('friends.example', { mailFromDomain: 'bounce.friends.example' });
    dns.set('bounce.friends.example', {
      MX: [{ preference: 10, exchange: 'feedback-smtp.ap-northeast-2.amazonses.com' }],
      TXT: ['v=spf1 -all'],
    });
    const { data } = await app.admin(
      `{ emailIdentity(name: "friends.example") { companions {
         purpose status used advice problems { code } record { name type zoneLine } } } }`,
    );
    const name = 'bounce.friends.example';
    expect(data.emailIdentity.companions).toMatchObject([
      { purpose: 'MAIL_FROM_MX', status: 'FOUND', used: true, advice: null, problems: [], record: { name } },
      { purpose: 'MAIL_FROM_SPF', status: 'WRONG', used: false, problems: [{ code: 'SES_NOT_ALLOWED' }] },
      { purpose: 'DMARC', status: 'MISSING', record: { name: '_dmarc.friends.example', type: 'TXT' } },
    ]);
  });
});

function pem({ privateKey }: { privateKey: { export(options: object): unknown } }): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

function rsa(modulusLength: number): string {
  return pem(generateKeyPairSync('rsa', { modulusLength }));
}

function encryptedPem(): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return createPrivateKey(rsa(1024)).export(options) as string;
}
