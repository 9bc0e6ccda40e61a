import { DIALECTS } from '../support/databases';
import { ADMIN_KEY, TestApp } from '../support/test-app';

const APP_KEY = 'application-key-of-the-test-suite';
const CONSUME = `mutation ($token: String!) { consumeProof(token: $token) { accepted reason verification { id } } }`;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe.each(DIALECTS)('consumeProof, on %s', (dialect) => {
  let app: TestApp;
  afterEach(() => app.close());

  const proof = async (headers: Record<string, string> = {}, email = 'proof@example.com') => {
    const { id } = (await app.requestEmail(email, {}, headers)).data.requestEmailCode;
    const checked = await app.verify(id, await app.codeFor(email), {}, headers);
    return checked.data.verifyCode.proof as string;
  };
  const consume = (token: string, headers: Record<string, string> = {}) =>
    app.gql(CONSUME, { token }, headers);
  const codeOf = ({ errors }: { errors?: { extensions: any }[] }) => errors?.[0]?.extensions.code ?? 'OK';

  it('accepts a proof once with an application key or an admin key, and never without a key', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: APP_KEY });
    const token = await proof(bearer(APP_KEY));
    for (const headers of [{}, bearer('a key that is not known'), bearer(APP_KEY.slice(1))])
      expect(codeOf(await consume(token, headers))).toBe('UNAUTHENTICATED');
    expect((await consume(token, bearer(APP_KEY))).data.consumeProof.accepted).toBe(true);
    expect((await consume(token, bearer(ADMIN_KEY))).data.consumeProof.reason).toBe('ALREADY_CONSUMED');
    expect(
      (await consume(await proof(bearer(APP_KEY), 'other@example.com'), bearer(ADMIN_KEY))).data.consumeProof
        .accepted,
    ).toBe(true);
  });

  it('requires an admin key when no application keys are set', async () => {
    app = await TestApp.start(dialect);
    const token = await proof();
    for (const headers of [{}, bearer(APP_KEY)])
      expect(codeOf(await consume(token, headers))).toBe('UNAUTHENTICATED');
    expect((await consume(token, bearer(ADMIN_KEY))).data.consumeProof.accepted).toBe(true);
  });

  it('is the only operation of operators that an application key allows', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: APP_KEY });
    const token = await proof(bearer(APP_KEY));
    for (const document of [
      'mutation { eraseRecipient(input: { email: "proof@example.com" }) { verifications } }',
      `mutation { consumeProof(token: "${token}") { accepted } eraseRecipient(input: { email: "a@example.com" }) { verifications } }`,
      'mutation { rotateProofKey { kid } }',
      '{ deliveries { edges { node { id } } } }',
    ])
      expect([document, codeOf(await app.gql(document, {}, bearer(APP_KEY)))]).toEqual([
        document,
        'UNAUTHENTICATED',
      ]);
    expect((await consume(token, bearer(APP_KEY))).data.consumeProof.accepted).toBe(true);
  });

  it('is refused by GET, and reveals nothing about its input without a key', async () => {
    app = await TestApp.start(dialect, { APP_API_KEYS: APP_KEY });
    const token = await proof(bearer(APP_KEY));
    const query = encodeURIComponent(`mutation { consumeProof(token: "${token}") { accepted } }`);
    const answer = await fetch(`${app.url}/graphql?query=${query}`, {
      headers: { ...bearer(APP_KEY), 'apollo-require-preflight': '1' },
    });
    expect(answer.status).toBe(405);
    const { errors } = await app.gql('mutation { consumeProof(tokens: 1) { accept } }');
    expect(errors!.map(({ message, extensions }) => [message, extensions.code])).toEqual([
      [expect.not.stringContaining('token'), 'UNAUTHENTICATED'],
    ]);
    expect((await consume(token, bearer(APP_KEY))).data.consumeProof.accepted).toBe(true);
  });

  it('answers INVALID to a token that is not a proof, and BAD_USER_INPUT with a rule to a token that is too long', async () => {
    app = await TestApp.start(dialect);
    const token = await proof();
    const outcome = { accepted: false, reason: 'INVALID', verification: null };
    for (const invalid of ['x', `${token}x`, 'x'.repeat(8_192)])
      expect((await consume(invalid, bearer(ADMIN_KEY))).data.consumeProof).toEqual(outcome);
    const { errors } = await consume('x'.repeat(8_193), bearer(ADMIN_KEY));
    expect(errors![0]!.extensions.fields).toMatchObject([{ path: 'token', rule: 'TOO_LONG' }]);
  });
});
