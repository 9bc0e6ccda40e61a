import { getMetadataStorage } from 'class-validator';
import { getMetadataStorage as inputClasses } from 'type-graphql';
import { RULE_OF_CONSTRAINT } from '../../src/api/graphql/validate-input';
import { FIELD_RULES, type FieldRule } from '../../src/shared/field-rule';
import { TestApp } from '../support/test-app';

const EMAIL = 'mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }';
const SMS = 'mutation ($input: RequestSmsCodeInput!) { requestSmsCode(input: $input) { id } }';
const VERIFY = 'mutation ($input: VerifyCodeInput!) { verifyCode(input: $input) { verified } }';
const ERASE = 'mutation ($input: EraseRecipientInput!) { eraseRecipient(input: $input) { verifications } }';
const CREATE_KEY = 'mutation ($input: CreateDkimKeyInput!) { createDkimKey(input: $input) { id } }';
const IMPORT_KEY = 'mutation ($input: ImportDkimKeyInput!) { importDkimKey(input: $input) { id } }';
const IDENTITY =
  'mutation ($input: CreateEmailIdentityInput!) { createEmailIdentity(input: $input) { name } }';
const SMTP =
  'mutation ($input: DeriveSmtpCredentialsInput!) { deriveSmtpCredentials(input: $input) { username } }';
const MAIL_FROM =
  'mutation ($domain: String) { setMailFromDomain(name: "example.com", mailFromDomain: $domain) { name } }';
const listing = (list: string) =>
  `query ($first: Int, $after: String) { ${list}(first: $first, after: $after) { pageInfo { endCursor } } }`;
const PAIR = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40), region: 'us-east-1' };
const email = 'user@example.com';

/** Every place that refuses an input: the document, its variables, the path of the field and the rule. */
const REFUSALS: readonly [document: string, variables: object, path: string, rule: FieldRule][] = [
  [EMAIL, {}, 'input', 'REQUIRED'],
  [EMAIL, { input: null }, 'input', 'REQUIRED'],
  [EMAIL, { input: {} }, 'input.email', 'REQUIRED'],
  [EMAIL, { input: { email: null } }, 'input.email', 'REQUIRED'],
  [EMAIL, { input: 'user@example.com' }, 'input', 'INVALID_TYPE'],
  [EMAIL, { input: { email: 42 } }, 'input.email', 'INVALID_TYPE'],
  [EMAIL, { input: { email: ['a; b', 'c at "input.other'] } }, 'input.email', 'INVALID_TYPE'],
  [EMAIL, { input: { email, mail: 1 } }, 'input.mail', 'UNKNOWN_FIELD'],
  [EMAIL, { input: { email, 'no "name"': 1 } }, 'input', 'UNKNOWN_FIELD'],
  [EMAIL, { input: { email: 'user' } }, 'input.email', 'INVALID_EMAIL'],
  [EMAIL, { input: { email: '사용자@example.com' } }, 'input.email', 'UNSUPPORTED_EMAIL'],
  [EMAIL, { input: { email: 'us\0er@example.com' } }, 'input.email', 'INVALID_CHARACTERS'],
  [EMAIL, { input: { email: 'x'.repeat(5_000) } }, 'input.email', 'TOO_LONG'],
  [EMAIL, { input: { email, purpose: 'Sign Up' } }, 'input.purpose', 'INVALID_FORMAT'],
  [EMAIL, { input: { email, nonce: '' } }, 'input.nonce', 'TOO_SHORT'],
  [EMAIL, { input: { email, nonce: 'a\nb' } }, 'input.nonce', 'INVALID_CHARACTERS'],
  [EMAIL, { input: { email, idempotencyKey: '' } }, 'input.idempotencyKey', 'TOO_SHORT'],
  [EMAIL, { input: { email, idempotencyKey: 'k'.repeat(256) } }, 'input.idempotencyKey', 'TOO_LONG'],
  [EMAIL, { input: { email, locale: 'k'.repeat(36) } }, 'input.locale', 'TOO_LONG'],
  [EMAIL, { input: { email, humanToken: 'k'.repeat(8_193) } }, 'input.humanToken', 'TOO_LONG'],
  [EMAIL, { input: { email, clientIp: 'home' } }, 'input.clientIp', 'INVALID_IP_ADDRESS'],
  [SMS, { input: { phoneNumber: '010' } }, 'input.phoneNumber', 'INVALID_PHONE_NUMBER'],
  [SMS, { input: { phoneNumber: '02-312-3456' } }, 'input.phoneNumber', 'NOT_MOBILE'],
  [
    SMS,
    { input: { phoneNumber: '010-2000-0001', appHash: 'FA+9qCX9VSu' } },
    'input.appHash',
    'UNKNOWN_VALUE',
  ],
  [
    'mutation ($t: String) { resendCode(verificationId: "x", humanToken: $t) { id } }',
    { t: 'k'.repeat(8_193) },
    'humanToken',
    'TOO_LONG',
  ],
  ['query ($id: ID = "x") { verification(id: $id) { id } }', { id: null }, 'id', 'REQUIRED'],
  ['query ($id: ID!) { verification(id: $id) { id } }', { id: { a: 1 } }, 'id', 'INVALID_TYPE'],
  [
    'query ($r: String = "x") { verification(id: "x") { id } erased: emailIdentity(name: $r) { name } }',
    { r: null },
    'name',
    'REQUIRED',
  ],
  [ERASE, { input: {} }, 'input', 'EXACTLY_ONE'],
  [ERASE, { input: { email, phoneNumber: '010-1234-5678' } }, 'input', 'EXACTLY_ONE'],
  [ERASE, { input: { phoneNumber: 'x' } }, 'input.phoneNumber', 'INVALID_PHONE_NUMBER'],
  [
    'query ($f: DeliveryFilter) { deliveries(filter: $f) { pageInfo { endCursor } } }',
    { f: { channel: 'FAX' } },
    'f.channel',
    'UNKNOWN_VALUE',
  ],
  [
    'query ($f: DeliveryFilter) { deliveries(filter: $f) { pageInfo { endCursor } } }',
    { f: { channel: 7 } },
    'f.channel',
    'INVALID_TYPE',
  ],
  [
    'query ($f: DeliveryFilter) { deliveries(filter: $f) { pageInfo { endCursor } } }',
    { f: { recipient: 'nobody' } },
    'filter.recipient',
    'INVALID_PHONE_NUMBER',
  ],
  ...['deliveries', 'auditLog', 'emailIdentities'].flatMap((list): [string, object, string, FieldRule][] => [
    [listing(list), { first: 0 }, 'first', 'OUT_OF_RANGE'],
    [listing(list), { first: 101 }, 'first', 'OUT_OF_RANGE'],
    [listing(list), { first: 2 ** 40 }, 'first', 'OUT_OF_RANGE'],
    [listing(list), { first: '1' }, 'first', 'INVALID_TYPE'],
    [listing(list), { after: 'x' }, 'after', 'INVALID_CURSOR'],
  ]),
  [CREATE_KEY, { input: { domain: 'no domain' } }, 'input.domain', 'INVALID_DOMAIN'],
  [CREATE_KEY, { input: { domain: 'example.com', selector: 'a.b' } }, 'input.selector', 'INVALID_SELECTOR'],
  [CREATE_KEY, { input: { domain: 'example.com', bits: 512 } }, 'input.bits', 'OUT_OF_RANGE'],
  [
    IMPORT_KEY,
    { input: { domain: 'example.com', privateKey: 'x' } },
    'input.privateKey',
    'INVALID_PRIVATE_KEY',
  ],
  [IDENTITY, { input: { name: 'no domain' } }, 'input.name', 'INVALID_DOMAIN'],
  [IDENTITY, { input: { name: email, dkimKeyId: 'x' } }, 'input.dkimKeyId', 'NOT_APPLICABLE'],
  [IDENTITY, { input: { name: 'example.com', force: 'yes' } }, 'input.force', 'INVALID_TYPE'],
  [
    SMTP,
    { input: { ...PAIR, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' } },
    'input.accessKeyId',
    'TEMPORARY_CREDENTIALS',
  ],
  [SMTP, { input: { ...PAIR, accessKeyId: 'secret' } }, 'input.accessKeyId', 'INVALID_FORMAT'],
  [SMTP, { input: { ...PAIR, secretAccessKey: 'x' } }, 'input.secretAccessKey', 'TOO_SHORT'],
  [
    SMTP,
    { input: { ...PAIR, secretAccessKey: `${'x'.repeat(40)}\n` } },
    'input.secretAccessKey',
    'INVALID_CHARACTERS',
  ],
  [IDENTITY, { input: { name: 'us er@example.com' } }, 'input.name', 'INVALID_CHARACTERS'],
  [IDENTITY, { input: { name: 'user@a@example.com' } }, 'input.name', 'INVALID_EMAIL'],
  [SMTP, { input: { ...PAIR, region: 'moon-1' } }, 'input.region', 'UNSUPPORTED_REGION'],
  [MAIL_FROM, {}, 'mailFromDomain', 'REQUIRED'],
  [MAIL_FROM, { domain: 'example com' }, 'mailFromDomain', 'INVALID_DOMAIN'],
  [MAIL_FROM, { domain: 'example.net' }, 'mailFromDomain', 'NOT_A_SUBDOMAIN'],
  [MAIL_FROM, { domain: 'sender.example.com' }, 'mailFromDomain', 'DOMAIN_IN_USE'],
];

describe('a refused input', () => {
  const seen = new Set<FieldRule>();
  let app: TestApp;
  const APP_KEY = 'application-key-of-the-test-suite';
  beforeAll(async () => {
    app = await TestApp.start('sqlite', {
      APP_API_KEYS: APP_KEY,
      EMAIL_FROM: 'codes@sender.example.com',
    });
  });
  afterAll(() => app.close());

  async function refused(document: string, variables: object, path: string, rule: FieldRule) {
    const admin = /erase|EmailId|MailFrom|DkimKey|Smtp|deliveries|auditLog|emailIdentit/.test(document);
    const { errors } = admin
      ? await app.admin(document, variables)
      : await app.gql(document, variables, { authorization: `Bearer ${APP_KEY}` });
    const { message, extensions } = errors![0]!;
    const [field] = extensions.fields;
    expect(extensions).toEqual({
      code: 'BAD_USER_INPUT',
      fields: [{ path, rule, message: expect.any(String) }],
    });
    expect(message).toBe(`${path}: ${field.message}`);
    seen.add(rule);
    return field.message as string;
  }

  it.each(REFUSALS)('of %s with %j names the field %s and the rule %s', async (...refusal) => {
    await refused(...refusal);
  });

  it("does not contain the value, even where GraphQL's own message would", async () => {
    const message = await refused(
      EMAIL,
      { input: { email: { a: 'x; 123456' } } },
      'input.email',
      'INVALID_TYPE',
    );
    expect(message).toBe('must be a string');
    const { errors } = await app.admin(
      'query ($f: DeliveryFilter) { deliveries(filter: $f) { pageInfo { endCursor } } }',
      { f: { channel: 'secret; secret' } },
    );
    expect(JSON.stringify(errors)).not.toContain('secret');
  });

  it('of a code with the wrong number of digits names the field and the rule', async () => {
    const key = { authorization: `Bearer ${APP_KEY}` };
    const { id } = (await app.requestEmail(email, {}, key)).data.requestEmailCode;
    await refused(VERIFY, { input: { verificationId: id, code: '12345' } }, 'input.code', 'INVALID_CODE');
  });

  it('names a key of another domain by a rule, and also more faults than graphql-js lists', async () => {
    const { data } = await app.admin(CREATE_KEY, { input: { domain: 'example.com', bits: 1024 } });
    await refused(
      IDENTITY,
      { input: { name: 'example.net', dkimKeyId: data.createDkimKey.id, force: true } },
      'input.dkimKeyId',
      'MISMATCH',
    );
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`unknown${n}`, n]));
    const { errors } = await app.gql(EMAIL, { input: { email, ...many } });
    for (const { extensions } of errors!) {
      expect(extensions).toMatchObject({ code: 'BAD_USER_INPUT', fields: [expect.anything()] });
      seen.add(extensions.fields[0].rule);
    }
  });

  it('names where variables become too large when they are larger than any input', async () => {
    const deep = (levels: number): object => (levels === 0 ? {} : { a: deep(levels - 1) });
    await refused(EMAIL, { input: deep(12) }, `input${'.a'.repeat(10)}`, 'TOO_DEEP');
    const wide = Array.from({ length: 600 }, () => 1);
    await refused(EMAIL, { input: { email }, wide }, 'wide.496', 'TOO_MANY_VALUES');
  });

  it('is covered here for every rule that exists', () => {
    expect([...seen].sort()).toEqual(Object.keys(FIELD_RULES).sort());
  });

  it('is covered by a rule for every constraint of every input class', () => {
    const constraints = inputClasses().inputTypes.flatMap(({ target }) =>
      getMetadataStorage().getTargetValidationMetadatas(target, '', false, false),
    );
    const checks = constraints.filter(({ type }) => type === 'customValidation');
    expect(checks.length).toBeGreaterThan(5);
    const withoutRule = checks.filter(
      ({ name, context }) => !(name! in RULE_OF_CONSTRAINT) && !(context?.rule in FIELD_RULES),
    );
    expect(withoutRule).toEqual([]);
  });
});
