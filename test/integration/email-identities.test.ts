import { FakeDns } from '../support/fake-dns';
import { FakeSes } from '../support/fake-ses';
import { sesRefusal } from '../support/fake-ses-identities';
import { TestApp } from '../support/test-app';

const LIST = `query ($first: Int, $after: String, $filter: EmailIdentityFilter) {
  emailIdentities(first: $first, after: $after, filter: $filter) {
    edges { cursor node { name type verifiedForSending verificationStatus } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
const CREATE = `mutation ($input: CreateEmailIdentityInput!) { createEmailIdentity(input: $input) {
  name type dkim { origin status byodkimReady records { name value } } dkimKeys { selector state } } }`;

// SES stores the identities, so one database is enough.
describe('SES identities', () => {
  let ses: FakeSes;
  let dns: FakeDns;
  let app: TestApp;

  beforeAll(async () => {
    ses = await FakeSes.start();
    dns = await FakeDns.start();
    Object.assign(process.env, ses.environment);
    app = await TestApp.start('sqlite', { DNS_SERVERS: dns.address });
  });
  beforeEach(() => ses.identities.identities.clear());
  afterAll(async () => {
    await app.close();
    await ses.close();
    await dns.close();
  });

  const names = (data: any): string[] => data.emailIdentities.edges.map(({ node }: any) => node.name);

  async function readAll(first: number, filter?: object): Promise<string[]> {
    const found: string[] = [];
    for (let after: string | null = null; ;) {
      const { data, errors } = await app.admin(LIST, { first, after, filter });
      expect(errors).toBeUndefined();
      found.push(...names(data));
      if (!data.emailIdentities.pageInfo.hasNextPage) return found;
      after = data.emailIdentities.pageInfo.endCursor;
    }
  }

  it.each([1, 7, 50, 60, 100])(
    'are listed in pages of %i, each of 120 identities once and in order',
    async (first) => {
      const all = Array.from({ length: 120 }, (_, index) => `d${index}.example`);
      for (const name of all) ses.identities.add(name);
      expect(await readAll(first)).toEqual(all);
    },
  );

  it('are filtered by type, status and part of the name, on every page', async () => {
    for (let index = 0; index < 120; index++) {
      ses.identities.add(`shop${index}.example`, { verificationStatus: index % 10 ? 'SUCCESS' : 'PENDING' });
      ses.identities.add(`user${index}@shop.example`);
    }
    expect(await readAll(100, { verificationStatus: 'PENDING' })).toHaveLength(12);
    expect(await readAll(5, { type: 'EMAIL_ADDRESS', nameContains: 'user11' })).toHaveLength(11);
    expect(await readAll(5, { type: 'DOMAIN', nameContains: 'SHOP7' })).toHaveLength(0);
  });

  it('are not listed with invalid page sizes and cursors', async () => {
    ses.identities.add('one.example');
    const foreign = Buffer.from(JSON.stringify(['page-x', 0, '  '])).toString('base64url');
    for (const variables of [{ first: 0 }, { first: 101 }, { after: 'nonsense' }, { after: foreign }]) {
      const { errors } = await app.admin(LIST, variables);
      expect(errors![0]!.extensions).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: [{ path: Object.keys(variables)[0] }],
      });
    }
  });

  it('return values that SES adds later unchanged', async () => {
    const dkim = { origin: 'AWS_SES_MOON_BASE_1', status: 'PARTLY_CLOUDY' };
    ses.identities.add('new.example', { type: 'GALAXY', verificationStatus: 'IN_ORBIT', ...dkim });
    const { data } = await app.admin(
      `{ emailIdentity(name: "new.example") { type verificationStatus dkim { origin status byodkimReady } } }`,
    );
    expect(data.emailIdentity).toEqual({
      type: 'GALAXY',
      verificationStatus: 'IN_ORBIT',
      dkim: { ...dkim, byodkimReady: false },
    });
    expect(names((await app.admin(LIST)).data)).toEqual(['new.example']);
  });

  it.each(
    ['AWS_SES', 'EXTERNAL', 'AWS_SES_EU_WEST_1'].flatMap((origin) =>
      [true, false].flatMap((signingEnabled) =>
        ['PENDING', 'SUCCESS', 'FAILED', 'TEMPORARY_FAILURE', 'NOT_STARTED'].map(
          (status) => [origin, signingEnabled, status] as const,
        ),
      ),
    ),
  )(
    'are ready for BYODKIM only with EXTERNAL, enabled and SUCCESS: %s, %s, %s',
    async (origin, signingEnabled, status) => {
      ses.identities.add('ready.example', { origin, signingEnabled, status });
      const { data } = await app.admin(`{ emailIdentity(name: "ready.example") { dkim { byodkimReady } } }`);
      const ready = origin === 'EXTERNAL' && signingEnabled && status === 'SUCCESS';
      expect(data.emailIdentity.dkim.byodkimReady).toBe(ready);
    },
  );

  it('can be created as domains with Easy DKIM and as addresses, can have signing switched, and can be deleted', async () => {
    const { data } = await app.admin(CREATE, { input: { name: 'Münze.example' } });
    expect(data.createEmailIdentity).toMatchObject({ name: 'xn--mnze-0ra.example', type: 'DOMAIN' });
    expect(data.createEmailIdentity.dkim.records).toHaveLength(3);
    const address = await app.admin(CREATE, { input: { name: 'Me+tag@Example.com' } });
    expect(address.data.createEmailIdentity).toMatchObject({
      name: 'Me+tag@example.com',
      dkim: { records: [] },
    });
    const again = await app.admin(CREATE, { input: { name: 'Me+tag@example.com' } });
    expect(again.errors![0]!.extensions.code).toBe('CONFLICT');
    const signing = await app.admin(
      `mutation { setDkimSigning(name: "Me+tag@example.com", enabled: false) { dkim { signingEnabled } } }`,
    );
    expect(signing.data.setDkimSigning.dkim.signingEnabled).toBe(false);
    const remove = `mutation { deleteEmailIdentity(name: "Me+tag@example.com") }`;
    expect((await app.admin(remove)).data.deleteEmailIdentity).toBe(true);
    expect((await app.admin(remove)).errors![0]!.extensions.code).toBe('NOT_FOUND');
  });

  it('are null for unknown and for impossible names', async () => {
    for (const name of ['unknown.example', 'not a name', '@', 'x', '../../account', '%2e%2e']) {
      const { data, errors } = await app.admin(
        `query ($name: String!) { emailIdentity(name: $name) { name } }`,
        {
          name,
        },
      );
      expect({ data, errors }).toEqual({ data: { emailIdentity: null }, errors: undefined });
      const { errors: refused } = await app.admin(
        `mutation ($name: String!) { setDkimSigning(name: $name, enabled: true) { name } }`,
        { name },
      );
      expect(refused![0]!.extensions.code).toBe('NOT_FOUND');
    }
  });

  it('get a key when they are created for a new domain, and only a key of that domain', async () => {
    const made = await app.admin(
      `mutation { createDkimKey(input: { domain: "brought.example" }) { id record { name strings } } }`,
    );
    const { id, record } = made.data.createDkimKey;
    const create = (name: string, input: object = {}) =>
      app.admin(CREATE, { input: { name, dkimKeyId: id, ...input } });
    expect((await create('brought.example')).errors![0]!.extensions.code).toBe('CONFLICT');
    dns.set(record.name, { TXT: [record.strings] });
    for (const name of ['other.example', 'me@brought.example', 'sub.brought.example'])
      expect((await create(name)).errors![0]!.extensions.fields[0].path).toBe('input.dkimKeyId');
    expect((await create('brought.example')).data.createEmailIdentity).toMatchObject({
      dkim: { origin: 'EXTERNAL', status: 'PENDING' },
      dkimKeys: [{ state: 'PENDING' }],
    });
    expect((await create('brought.example')).errors![0]!.extensions.code).toBe('CONFLICT');
    const unknown = await app.admin(CREATE, { input: { name: 'brought.example', dkimKeyId: 'unknown' } });
    expect(unknown.errors![0]!.extensions.code).toBe('NOT_FOUND');
    await app.admin(`mutation { deleteEmailIdentity(name: "brought.example") }`);
    const { data } = await app.admin(`{ dkimKeys(domain: "brought.example") { state removalSafeAt } }`);
    expect(data.dkimKeys).toEqual([{ state: 'RETIRED', removalSafeAt: expect.any(String) }]);
  });

  it('return the errors of SES by name and message', async () => {
    const errors = [
      [400, 'LimitExceededException'],
      [400, 'BadRequestException'],
      [400, 'AccountSuspendedException'],
      [403, 'AccessDeniedException'],
      [500, 'InternalServiceErrorException'],
      [503, 'ServiceUnavailable'],
    ] as const;
    for (const [status, name] of errors) {
      ses.identities.refusals.push(sesRefusal(status, name, 'in its own words'));
      const { errors: got } = await app.admin(CREATE, { input: { name: 'errors.example' } });
      expect(got![0]!.extensions).toEqual({
        code: 'PROVIDER_ERROR',
        provider: 'ses',
        name,
        message: 'in its own words',
        // After a 5xx answer it is unknown whether SES carried out the call.
        ...(status >= 500 ? { unanswered: true } : {}),
      });
    }
  });

  it('wait instead of failing when SES accepts fewer calls per second', async () => {
    const tooMany = sesRefusal(429, 'TooManyRequestsException', 'Maximum rate exceeded');
    ses.identities.refusals.push(tooMany, tooMany, tooMany, tooMany);
    ses.identities.add('patient.example');
    const ask = `{ emailIdentity(name: "patient.example") { name } }`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => app.admin(ask)));
    expect(answers.map(({ errors }) => errors)).toEqual(answers.map(() => undefined));
    expect(ses.identities.refusals).toEqual([]);
  });

  it('are returned together with the state of the account', async () => {
    ses.account = {
      ProductionAccessEnabled: false,
      SendingEnabled: true,
      EnforcementStatus: 'HEALTHY',
      SendQuota: { Max24HourSend: 200, MaxSendRate: 1, SentLast24Hours: 17 },
    };
    const { data } = await app.admin(
      `{ sesAccount { productionAccess sendingEnabled enforcementStatus max24HourSend maxSendRate sentLast24Hours } }`,
    );
    expect(data.sesAccount).toEqual({
      productionAccess: false,
      sendingEnabled: true,
      enforcementStatus: 'HEALTHY',
      max24HourSend: 200,
      maxSendRate: 1,
      sentLast24Hours: 17,
    });
  });
});
