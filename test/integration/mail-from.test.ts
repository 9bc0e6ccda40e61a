import { DIALECTS } from '../support/databases';
import { FakeDns } from '../support/fake-dns';
import { FakeSes } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { TestApp } from '../support/test-app';

const DOMAIN = 'example.com';
const MAIL_FROM = 'bounce.example.com';
const MX = { preference: 10, exchange: 'feedback-smtp.ap-northeast-2.amazonses.com' };
const SPF = 'v=spf1 include:amazonses.com ~all';
const SET = `mutation ($name: String!, $mailFromDomain: String, $onMxFailure: MxFailureBehavior!, $force: Boolean!) {
  setMailFromDomain(name: $name, mailFromDomain: $mailFromDomain, onMxFailure: $onMxFailure, force: $force) {
    name mailFromDomain mailFromStatus
    mailFrom { domain status onMxFailure advice records { purpose status used record { name value } } } } }`;

describe.each(DIALECTS)('a MAIL FROM domain, on %s', (dialect) => {
  let dns: FakeDns;
  let ses: FakeSes;
  let app: TestApp;

  beforeAll(async () => {
    dns = await FakeDns.start();
    ses = await FakeSes.start();
    Object.assign(process.env, ses.environment);
    app = await TestApp.start(dialect, {
      DNS_SERVERS: dns.address,
      EMAIL_FROM: 'codes@sender.example.com',
      EMAIL_REPLY_TO: 'Help <help@reply.example.com>',
    });
  });
  beforeEach(() => {
    dns.heal();
    for (const name of [MAIL_FROM, 'mail.example.com', 'a.b.example.com']) dns.remove(name);
    ses.calls.length = 0;
    ses.identities.refusals.length = 0;
    ses.identities.identities.clear();
    ses.identities.add(DOMAIN);
  });
  afterAll(async () => {
    await app.close();
    await ses.close();
    await dns.close();
  });

  const publish = (name = MAIL_FROM) => dns.set(name, { MX: [MX], TXT: [SPF] });
  const set = (change: object = {}) =>
    app.admin(SET, {
      name: DOMAIN,
      mailFromDomain: MAIL_FROM,
      onMxFailure: 'USE_DEFAULT_VALUE',
      force: false,
      ...change,
    });
  const puts = () => ses.calls.filter(({ method }) => method === 'PUT');
  const lastAudit = async () => {
    const { data } = await app.admin(
      `{ auditLog(first: 1) { edges { node { action target outcome detail } } } }`,
    );
    return data.auditLog.edges[0].node;
  };

  it('is given to SES when its records are published, and its records are used when SES has confirmed it', async () => {
    publish();
    const { data, errors } = await set({ mailFromDomain: 'Bounce.Example.COM.' });
    expect(errors).toBeUndefined();
    expect(data.setMailFromDomain).toMatchObject({
      name: DOMAIN,
      mailFromDomain: MAIL_FROM,
      mailFromStatus: 'PENDING',
      mailFrom: { domain: MAIL_FROM, status: 'PENDING', onMxFailure: 'USE_DEFAULT_VALUE' },
    });
    expect(data.setMailFromDomain.mailFrom.advice).toContain('72 hours');
    expect(data.setMailFromDomain.mailFrom.records).toMatchObject([
      { purpose: 'MAIL_FROM_MX', status: 'FOUND', used: false, record: { name: MAIL_FROM } },
      { purpose: 'MAIL_FROM_SPF', status: 'FOUND', used: false, record: { value: SPF } },
    ]);
    expect(puts()).toMatchObject([{ target: '/v2/email/identities/example.com/mail-from' }]);
    expect(JSON.parse(puts()[0]!.body)).toEqual({
      MailFromDomain: MAIL_FROM,
      BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    expect(await lastAudit()).toEqual({
      action: 'setMailFromDomain',
      target: DOMAIN,
      outcome: 'OK',
      detail: 'Bounce.Example.COM., USE_DEFAULT_VALUE',
    });

    ses.identities.identities.get(DOMAIN)!.mailFromStatus = 'SUCCESS';
    const { data: now } = await app.admin(
      `{ emailIdentity(name: "example.com") { mailFrom { status advice records { used advice } }
           companions { purpose used } } }`,
    );
    expect(now.emailIdentity).toEqual({
      mailFrom: {
        status: 'SUCCESS',
        advice: null,
        records: [
          { used: true, advice: null },
          { used: true, advice: null },
        ],
      },
      companions: [
        { purpose: 'MAIL_FROM_MX', used: true },
        { purpose: 'MAIL_FROM_SPF', used: true },
        { purpose: 'DMARC', used: false },
      ],
    });
  });

  it('is taken without the optional arguments', async () => {
    publish();
    const { data } = await app.admin(
      `mutation { setMailFromDomain(name: "example.com", mailFromDomain: "bounce.example.com") {
         mailFrom { onMxFailure } } }`,
    );
    expect(data.setMailFromDomain.mailFrom.onMxFailure).toBe('USE_DEFAULT_VALUE');
  });

  it('can be one of an address, several levels deep', async () => {
    ses.identities.add(`codes@${DOMAIN}`);
    publish('a.b.example.com');
    const { data } = await set({ name: `codes@${DOMAIN}`, mailFromDomain: 'a.b.example.com' });
    expect(data.setMailFromDomain.mailFrom.domain).toBe('a.b.example.com');
    expect(data.setMailFromDomain.mailFrom.records[0]).toMatchObject({ status: 'FOUND' });
  });

  it('that refuses messages is reported with what to do until SES has confirmed it', async () => {
    publish();
    const { data } = await set({ onMxFailure: 'REJECT_MESSAGE' });
    expect(data.setMailFromDomain.mailFrom).toMatchObject({ onMxFailure: 'REJECT_MESSAGE' });
    expect(data.setMailFromDomain.mailFrom.advice).toContain('set onMxFailure to USE_DEFAULT_VALUE');
  });

  it('is removed with null, and only with null', async () => {
    publish();
    await set();
    const forgotten = await app.admin(
      `mutation { setMailFromDomain(name: "example.com") { mailFrom { domain } } }`,
    );
    expect(forgotten.errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'mailFromDomain', rule: 'REQUIRED' }],
    });
    expect(ses.identities.identities.get(DOMAIN)!.mailFromDomain).toBe(MAIL_FROM);
    const { data } = await set({ mailFromDomain: null, onMxFailure: 'REJECT_MESSAGE' });
    expect(data.setMailFromDomain).toEqual({
      name: DOMAIN,
      mailFromDomain: null,
      mailFromStatus: null,
      mailFrom: null,
    });
    expect(JSON.parse(puts().at(-1)!.body)).toEqual({});
    expect(await lastAudit()).toMatchObject({ outcome: 'OK', detail: 'removed' });
  });

  it.each([
    ['the domain of the identity itself', DOMAIN, 'NOT_A_SUBDOMAIN'],
    ['another domain', 'bounce.example.net', 'NOT_A_SUBDOMAIN'],
    ['a domain that only ends like it', 'bounceexample.com', 'NOT_A_SUBDOMAIN'],
    ['a parent domain', 'com', 'INVALID_DOMAIN'],
    ['no domain name', 'bounce example com', 'INVALID_DOMAIN'],
    ['an empty text', '', 'INVALID_DOMAIN'],
    ['a name with a too long label', `${'a'.repeat(64)}.example.com`, 'INVALID_DOMAIN'],
    ['a too long name', `${'a.'.repeat(130)}example.com`, 'TOO_LONG'],
    ['the domain of EMAIL_FROM', 'sender.example.com', 'DOMAIN_IN_USE'],
    ['the domain of EMAIL_REPLY_TO', 'reply.example.com', 'DOMAIN_IN_USE'],
  ])('is refused if it is %s', async (_what, mailFromDomain, rule) => {
    publish();
    for (const force of [false, true]) {
      const { errors } = await set({ mailFromDomain, force });
      expect(errors![0]!.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: 'mailFromDomain', rule }],
      });
    }
    expect(ses.calls).toEqual([]);
    expect(await lastAudit()).toMatchObject({ action: 'setMailFromDomain', outcome: 'BAD_USER_INPUT' });
  });

  it('is refused if it is an identity of its own', async () => {
    publish();
    ses.identities.add(MAIL_FROM);
    const { errors } = await set({ force: true });
    expect(errors![0]!.extensions.fields).toMatchObject([{ path: 'mailFromDomain', rule: 'DOMAIN_IN_USE' }]);
    expect(puts()).toEqual([]);
  });

  it('is refused for an identity that SES does not have, or that cannot exist', async () => {
    publish();
    for (const name of ['other.example', 'not a name', '../../account', '']) {
      const mailFromDomain = name === 'other.example' ? 'bounce.other.example' : MAIL_FROM;
      for (const change of [{ mailFromDomain }, { mailFromDomain: null }]) {
        const { errors } = await set({ name, ...change });
        expect(errors![0]!.extensions.code).toBe('NOT_FOUND');
      }
    }
  });

  const OTHER_MX = { preference: 20, exchange: 'mx.example.com' };
  it.each([
    ['no record', {}, ['MAIL_FROM_MX MISSING', 'MAIL_FROM_SPF MISSING']],
    ['no MX record', { TXT: [SPF] }, ['MAIL_FROM_MX MISSING']],
    ['two MX records', { MX: [MX, OTHER_MX], TXT: [SPF] }, ['MAIL_FROM_MX MULTIPLE_RECORDS']],
    ['a wrong MX host', { MX: [{ ...OTHER_MX, preference: 10 }], TXT: [SPF] }, ['MAIL_FROM_MX WRONG_HOST']],
    ['a wrong MX priority', { MX: [{ ...MX, preference: 5 }], TXT: [SPF] }, ['MAIL_FROM_MX WRONG_PRIORITY']],
    ['no SPF record', { MX: [MX], TXT: ['hello'] }, ['MAIL_FROM_SPF MISSING']],
    ['two SPF records', { MX: [MX], TXT: [SPF, SPF.replace('~', '-')] }, ['MAIL_FROM_SPF MULTIPLE_RECORDS']],
    ['a wrong SPF record', { MX: [MX], TXT: ['v=spf1 -all'] }, ['MAIL_FROM_SPF SES_NOT_ALLOWED']],
    [
      'an alias',
      { CNAME: 'parked.example.net' },
      ['MAIL_FROM_MX MISSING', 'MAIL_FROM_MX CNAME', 'MAIL_FROM_SPF MISSING', 'MAIL_FROM_SPF CNAME'],
    ],
  ])('is refused with the exact problems unless forced: %s', async (_what, records, problems) => {
    dns.set(MAIL_FROM, records);
    const { errors } = await set();
    expect(errors![0]!.extensions.code).toBe('CONFLICT');
    const found = errors![0]!.extensions.problems;
    expect(found.map(({ purpose, code }: any) => `${purpose} ${code}`)).toEqual(problems);
    for (const { message, record } of found) {
      expect(errors![0]!.message).toContain(message);
      expect(record).toMatch(/^bounce\.example\.com\. 3600 IN (MX|TXT) /);
    }
    expect(puts()).toEqual([]);
    const forced = await set({ force: true });
    expect(forced.data.setMailFromDomain.mailFrom.domain).toBe(MAIL_FROM);
    expect(await lastAudit()).toMatchObject({ detail: `${MAIL_FROM}, USE_DEFAULT_VALUE, forced` });
  });

  it.each(['SERVFAIL', 'REFUSED'] as const)(
    'is refused unless forced when name servers answer %s',
    async (failure) => {
      publish();
      dns.failWith(failure);
      const { errors } = await set();
      expect(errors![0]!.extensions).toMatchObject({
        code: 'CONFLICT',
        problems: [{ code: 'DNS_UNREACHABLE' }, { code: 'DNS_UNREACHABLE' }],
      });
      dns.heal();
      expect((await set({ force: true })).errors).toBeUndefined();
    },
  );

  it('is refused when the name server does not answer in time', async () => {
    publish();
    dns.failWith('SILENCE', MAIL_FROM);
    const { errors } = await set();
    expect(errors![0]!.extensions).toMatchObject({
      code: 'CONFLICT',
      problems: [{ code: 'DNS_UNREACHABLE' }, { code: 'DNS_UNREACHABLE' }],
    });
    expect(puts()).toEqual([]);
  });

  it('is not set when SES refuses it, and the error is that of SES', async () => {
    publish();
    ses.identities.refuseAlways = ({ method }) =>
      method === 'PUT' ? sesRefusal(400, 'BadRequestException', 'Domain is not verified') : null;
    const { errors } = await set();
    ses.identities.refuseAlways = () => null;
    expect(errors![0]!.extensions).toEqual({
      code: 'PROVIDER_ERROR',
      provider: 'ses',
      name: 'BadRequestException',
      message: 'Domain is not verified',
    });
    expect(await lastAudit()).toMatchObject({ action: 'setMailFromDomain', outcome: 'PROVIDER_ERROR' });
  });

  it('is reported as accepted when only the state that follows cannot be read', async () => {
    publish();
    let changed = false;
    ses.identities.refuseAlways = ({ method }) => {
      if (method === 'PUT') changed = true;
      return changed && method === 'GET' ? sesRefusal(403, 'AccessDeniedException', 'no') : null;
    };
    const { errors } = await set();
    ses.identities.refuseAlways = () => null;
    expect(errors![0]!.extensions.code).toBe('PROVIDER_ERROR');
    expect(errors![0]!.message).toContain('SES has accepted the change');
    expect(ses.identities.identities.get(DOMAIN)!.mailFromDomain).toBe(MAIL_FROM);
  });

  it('has values that SES adds later, unchanged', async () => {
    ses.identities.add(DOMAIN, {
      mailFromDomain: MAIL_FROM,
      mailFromStatus: 'PARTLY_CLOUDY',
      onMxFailure: 'BOUNCE_TO_MOON',
    });
    const { data } = await app.admin(
      `{ emailIdentity(name: "example.com") { mailFromStatus mailFrom { domain status onMxFailure } } }`,
    );
    expect(data.emailIdentity).toEqual({
      mailFromStatus: 'PARTLY_CLOUDY',
      mailFrom: { domain: MAIL_FROM, status: 'PARTLY_CLOUDY', onMxFailure: 'BOUNCE_TO_MOON' },
    });
  });

  it('is set by operators only', async () => {
    const { errors } = await app.gql(SET, {
      name: DOMAIN,
      onMxFailure: 'USE_DEFAULT_VALUE',
      force: true,
    });
    expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    expect(ses.calls).toEqual([]);
  });

  it('has records that are suggested under a name that the sender does not use', async () => {
    const names = async (name: string) => {
      ses.identities.add(name);
      const { data } = await app.admin(
        `query ($name: String!) { emailIdentity(name: $name) { companions { record { name } } } }`,
        { name },
      );
      return data.emailIdentity.companions.map(({ record }: any) => record.name);
    };
    expect((await names(DOMAIN))[0]).toBe('mail.example.com');
    await app.restart({ EMAIL_FROM: 'codes@mail.example.com' });
    expect((await names(DOMAIN))[0]).toBe('bounce.example.com');
  });
});
