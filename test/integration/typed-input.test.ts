import { DIALECTS } from '../support/databases';
import { FakeDns } from '../support/fake-dns';
import { FakeSes } from '../support/fake-ses';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';

const DELIVERIES = `query ($recipient: String) { deliveries(filter: { recipient: $recipient }) {
  edges { node { verificationId } } } }`;
const ERASE = 'mutation ($input: EraseRecipientInput!) { eraseRecipient(input: $input) { verifications } }';

/** The same recipient as a mail program, a chat and an East Asian keyboard write it. */
const SPELLINGS = {
  email: [
    'kim@example.com',
    ' \t\u3000kim@example.com\r\n',
    '\ufeff\u202akim@\u200bexample.\u2060com\u202c',
    'ｋｉｍ＠ｅｘａｍｐｌｅ．ｃｏｍ',
    'kim@example。com',
  ],
  phoneNumber: [
    '010-1234-5678',
    '\u202d+82\u00a010\u20111234\u20115678\u202c',
    '（０１０）１２３４－５６７８',
    '٠١٠١٢٣٤٥٦٧٨',
    '010.1234.5678\u200b',
  ],
};

describe.each(DIALECTS)('typed input, on %s,', (dialect) => {
  let app: TestApp;
  let clock: ManualClock;
  beforeAll(async () => {
    clock = new ManualClock();
    app = await TestApp.start(
      dialect,
      {
        BRAND_NAME: 'Studio 20245',
        TEST_RECIPIENTS: '\u200bReview@Example.com = ٩٩٩٩, +82 10-0000-0000=012345',
        RESEND_COOLDOWN_SECONDS: '60',
      },
      { clock },
    );
  });
  afterAll(() => app.close());

  it('reaches one recipient in any spelling: in requests, filters, the inbox and erasure', async () => {
    for (const [field, spellings] of Object.entries(SPELLINGS)) {
      const ids = [];
      for (const typed of spellings) {
        clock.advance(61);
        const { data, errors } =
          field === 'email' ? await app.requestEmail(typed) : await app.requestSms(typed);
        expect([typed, errors]).toEqual([typed, undefined]);
        const { id } = data.requestEmailCode ?? data.requestSmsCode;
        await app.delivered(id);
        ids.push(id);
      }
      for (const typed of spellings) {
        expect(await app.inbox(typed)).toHaveLength(spellings.length);
        const { data } = await app.admin(DELIVERIES, { recipient: typed });
        const found = data.deliveries.edges.map(({ node }: any) => node.verificationId);
        expect([typed, found.sort()]).toEqual([typed, [...ids].sort()]);
      }
      const { data } = await app.admin(ERASE, { input: { [field]: spellings.at(-1) } });
      expect(data.eraseRecipient.verifications).toBe(spellings.length);
      expect(await app.inbox(spellings[0])).toEqual([]);
    }
  });

  it('is a code with any digits, spaces and hyphens', async () => {
    const spell: ((code: string) => string)[] = [
      (code) => `\u202d${code}\u202c\n`,
      (code) => [...code].join('\u200b'),
      (code) => `${code.slice(0, 3)}\u00a0–\u3000${code.slice(3)}`,
      (code) => code.replace(/[0-9]/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
      (code) => code.replace(/[0-9]/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
    ];
    for (const [n, spelt] of spell.entries()) {
      const { id } = (await app.requestEmail(`code-${n}@example.com`)).data.requestEmailCode;
      const code = await app.codeFor(`code-${n}@example.com`);
      expect((await app.verify(id, spelt(code))).data.verifyCode).toMatchObject({ verified: true });
    }
  });

  it('is refused with a message that a user understands', async () => {
    for (const [email, message] of [
      ['us er@example.com', 'input.email: must be one e-mail address, without spaces or line breaks inside'],
      ['user@a@b.com', 'input.email: must be an e-mail address with one @, such as user@example.com'],
      ['user@example.com/', 'input.email: must have a domain name after the @, such as example.com'],
      ['user@[127.0.0.1]', 'input.email: must have a domain name after the @, such as example.com'],
    ]) {
      expect((await app.requestEmail(email!)).errors![0]!.message).toBe(message);
    }
    const { errors } = await app.requestSms('010-123-4567');
    expect(errors![0]!.extensions.fields[0]).toMatchObject({ rule: 'INVALID_PHONE_NUMBER' });
  });

  it('reaches a test recipient in upper and lower case, and nothing is sent', async () => {
    for (const email of ['Review@example.com', 'review@EXAMPLE.com', 'REVIEW@example.com']) {
      const { id, delivery, codeLength } = (await app.requestEmail(email)).data.requestEmailCode;
      expect([codeLength, delivery.status]).toEqual([4, 'DELIVERED']);
      expect((await app.verification(id)).delivery.status).toBe('DELIVERED');
      expect((await app.verify(id, '9999')).data.verifyCode.verified).toBe(true);
    }
    const { id } = (await app.requestSms('010-0000-0000')).data.requestSmsCode;
    expect((await app.verify(id, '012345')).data.verifyCode.verified).toBe(true);
    expect(await app.inbox('review@example.com')).toEqual([]);
  });

  it('finds the code beside each message of the inbox, even when the brand name contains digits', async () => {
    const { id } = (await app.requestEmail('digits@example.com')).data.requestEmailCode;
    const code = await app.codeFor('digits@example.com');
    expect(code).toMatch(/^[0-9]{6}$/);
    expect((await app.verify(id, code)).data.verifyCode.verified).toBe(true);
    const address = `${app.url}/inbox/messages?to=a@example.com&to=digits@example.com`;
    expect(await (await fetch(address)).json()).toEqual([expect.objectContaining({ code })]);
    const plus = await fetch(`${app.url}/inbox/messages?to=+821012345678`);
    expect([plus.status, await plus.json()]).toEqual([200, []]);
  });

  it("can be counted down by the server's clock to zero, and never below", async () => {
    const remaining = ({ expiresInSeconds, resendInSeconds, status }: any) => [
      expiresInSeconds,
      resendInSeconds,
      status,
    ];
    const { data } = await app.requestEmail('countdown@example.com');
    const { id } = data.requestEmailCode;
    expect(remaining(data.requestEmailCode)).toEqual([1800, 60, 'PENDING']);
    clock.advance(0.5);
    expect(remaining(await app.verification(id))).toEqual([1799, 60, 'PENDING']);
    clock.advance(59.5);
    expect(remaining(await app.verification(id))).toEqual([1740, 0, 'PENDING']);
    const resent = await app.gql(
      'mutation ($id: ID!) { resendCode(verificationId: $id) { expiresInSeconds resendInSeconds status } }',
      { id },
    );
    expect(remaining(resent.data.resendCode)).toEqual([1740, 60, 'PENDING']);
    clock.advance(1739.5);
    expect(remaining(await app.verification(id))).toEqual([0, 0, 'PENDING']);
    clock.advance(1);
    expect(remaining(await app.verification(id))).toEqual([0, 0, 'EXPIRED']);

    const canceled = (await app.requestEmail('canceled@example.com')).data.requestEmailCode.id;
    await app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id: canceled });
    expect(remaining(await app.verification(canceled))).toEqual([0, 0, 'CANCELED']);
  });
});

// SES stores the identities, so one database is enough.
describe('the name of an identity', () => {
  let ses: FakeSes;
  let dns: FakeDns;
  let app: TestApp;
  beforeAll(async () => {
    ses = await FakeSes.start();
    dns = await FakeDns.start();
    Object.assign(process.env, ses.environment);
    app = await TestApp.start('sqlite', { DNS_SERVERS: dns.address });
  });
  afterAll(async () => {
    await app.close();
    await ses.close();
    await dns.close();
  });

  it.each([
    [' example.com\u200b', 'example.com'],
    ['ｅｘａｍｐｌｅ．ｃｏｍ', 'example.com'],
    ['예시。한국', 'xn--vv4b11d.xn--3e0b707e'],
    ['\u202akim＠Example.com\u202c', 'kim@example.com'],
  ])('%j finds the identity %s and its DKIM keys', async (typed, name) => {
    ses.identities.add(name);
    const query =
      'query ($name: String!) { emailIdentity(name: $name) { name } dkimKeys(domain: $name) { domain } }';
    const { data } = await app.admin(query, { name: typed });
    expect(data).toEqual({ emailIdentity: { name }, dkimKeys: [] });
  });
});
