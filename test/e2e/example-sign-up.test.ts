import { decodeJwt } from 'jose';
import { OPERATIONS } from '../../packages/client/src/documents';
import { ExampleProcess } from '../support/example-process';
import { APP_KEY, buildClient, type PageAnswer, startSignUp, Visitor } from '../support/example-sign-up';
import { freePort } from '../support/own-postgres';
import { SilentServer } from '../support/silent-server';
import { TestApp } from '../support/test-app';

const EMAIL = 'user@example.com';
const BEARER = { authorization: `Bearer ${APP_KEY}` };

const documentOf = (operation: string) => OPERATIONS.find(({ name }) => name === operation)!.document;
const json = ({ body }: PageAnswer) => JSON.parse(body);
const codeOf = (answer: PageAnswer): string => json(answer).errors?.[0]?.extensions.code ?? 'OK';

/** Calls the route with a body of the test. */
const post = (visitor: Visitor, body: unknown, headers: Record<string, string | undefined> = {}) =>
  visitor.post('/verification', 'application/json', JSON.stringify(body), headers);

/** Calls the route as the client does. */
const call = (visitor: Visitor, operation: string, variables: object) =>
  post(visitor, { query: documentOf(operation), variables });

const requestEmail = (visitor: Visitor, email = EMAIL, input: object = {}) =>
  call(visitor, 'requestEmailCode', { input: { email, ...input } });

// Compiling takes long on a busy machine.
beforeAll(buildClient, 120_000);

describe('examples/sign-up', () => {
  let app: TestApp;
  let example: ExampleProcess;
  afterEach(async () => {
    example.stop();
    await app.close();
  });

  const start = async (env: Record<string, string> = {}) => {
    app = await TestApp.start('sqlite', { APP_API_KEYS: APP_KEY, ...env });
    example = await startSignUp(app.url);
    return Visitor.at(example.url);
  };
  const proofOf = async (visitor: Visitor, email = EMAIL): Promise<string> => {
    const { id } = json(await requestEmail(visitor, email)).data.requestEmailCode;
    const input = { verificationId: id, code: await app.codeFor(email) };
    return json(await call(visitor, 'verifyCode', { input })).data.verifyCode.proof;
  };

  it('takes an address to a sign-up where application keys are required', async () => {
    const visitor = await start();
    const page = await visitor.call('/');
    expect(page.body).toContain('endpoint="/verification"');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
    const element = await visitor.call('/element/injeung-verify.js');
    expect([element.status, element.headers['content-type']]).toEqual([200, 'text/javascript']);

    const { id, status } = json(await requestEmail(visitor)).data.requestEmailCode;
    expect(status).toBe('PENDING');
    expect(json(await call(visitor, 'verification', { id })).data.verification.id).toBe(id);
    const code = await app.codeFor(EMAIL);
    const wrong = { verificationId: id, code: TestApp.wrong(code) };
    expect(json(await call(visitor, 'verifyCode', { input: wrong })).data.verifyCode.reason).toBe(
      'WRONG_CODE',
    );
    const resent = await call(visitor, 'resendCode', { verificationId: id });
    expect(json(resent).data.resendCode.id).toBe(id);
    const checked = await call(visitor, 'verifyCode', { input: { verificationId: id, code } });
    const { proof } = json(checked).data.verifyCode;

    const signedUp = await visitor.signUp(proof);
    expect(signedUp.status).toBe(200);
    expect(signedUp.body).toContain(`${EMAIL} has signed up`);
    for (const secret of [APP_KEY, EMAIL, code, proof]) expect(example.output).not.toContain(secret);
    for (const { headers } of [page, resent, signedUp])
      expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  });

  it('sends SMS codes and cancels verifications as the client does', async () => {
    const visitor = await start();
    const sms = await call(visitor, 'requestSmsCode', { input: { phoneNumber: '010-1234-5678' } });
    const { id } = json(sms).data.requestSmsCode;
    const canceled = await call(visitor, 'cancelVerification', { verificationId: id });
    expect(json(canceled).data.cancelVerification.status).toBe('CANCELED');
  });

  it('refuses everything that is not exactly an operation of the client, before Injeung gets it', async () => {
    const visitor = await start();
    const { id } = json(await requestEmail(visitor)).data.requestEmailCode;
    const executed = () => app.log.filter((line) => line.includes('"msg":"request"')).length;
    expect(executed()).toBe(1);
    const [query, request] = [documentOf('verification'), documentOf('requestEmailCode')];
    const input = { email: 'other@example.com' };
    const refused: unknown[] = [
      { query: '{ __schema { types { name } } }', variables: {} },
      { query: '{ __typename }', variables: {} },
      {
        query: 'mutation ($token: String!) { consumeProof(token: $token) { accepted } }',
        variables: { token: 'x' },
      },
      { query: '{ deliveries { nodes { recipient } } }', variables: {} },
      { query: `${query} query other { __typename }`, variables: { id } },
      { query: ` ${query}`, variables: { id } },
      { query: query.replace('{verification(', '{alias:verification('), variables: { id } },
      { query, variables: { id }, operationName: 'verification' },
      {
        query,
        variables: { id },
        extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } },
      },
      { query },
      { query, variables: null },
      { query: [request], variables: { input } },
      [{ query: request, variables: { input } }],
      [],
      null,
      'query',
      7,
      {},
    ];
    for (const body of refused) {
      const answer = await post(visitor, body);
      expect([body, answer.status, codeOf(answer)]).toEqual([body, 400, 'OPERATION_NOT_ALLOWED']);
    }
    for (const text of ['', '{', `{"query":"{ __typename }"`])
      expect((await visitor.post('/verification', 'application/json', text)).status).toBe(400);
    expect((await visitor.call('/verification')).status).toBe(405);
    expect(executed()).toBe(1);
    // Variables of another shape reach Injeung, which refuses them.
    for (const variables of ['text', [], { input: 'text' }, { input: [input] }, { input: null }])
      expect(codeOf(await post(visitor, { query: request, variables }))).toBe('BAD_USER_INPUT');
    expect(await app.inbox(input.email)).toEqual([]);
  });

  it('sets nonce and purpose by itself, so that the page cannot choose them', async () => {
    const visitor = await start();
    const chosen = { nonce: 'chosen-by-the-page', purpose: 'login', clientIp: '203.0.113.7' };
    const { id, purpose } = json(await requestEmail(visitor, EMAIL, chosen)).data.requestEmailCode;
    expect(purpose).toBe('sign-up');
    const input = { verificationId: id, code: await app.codeFor(EMAIL) };
    const { proof } = json(await call(visitor, 'verifyCode', { input })).data.verifyCode;
    const { nonce } = decodeJwt(proof);
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect((await visitor.signUp(proof)).status).toBe(200);
  });

  it('counts requests and resends by the address of the connection, whatever the page sends', async () => {
    const visitor = await start({ IP_HOURLY_LIMIT: '3' });
    const ask = (from: Visitor, index: number) =>
      requestEmail(from, `user-${index}@example.com`, { clientIp: `203.0.113.${index}` });
    const { id } = json(await ask(visitor, 1)).data.requestEmailCode;
    expect(codeOf(await ask(visitor, 2))).toBe('OK');
    const resend = () =>
      call(visitor, 'resendCode', { verificationId: id, clientIp: '203.0.113.9', humanToken: null });
    expect(codeOf(await resend())).toBe('OK');
    for (const answer of [await ask(visitor, 3), await resend()]) {
      expect(json(answer).errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'IP_HOURLY' });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    // A forwarded address is not trusted.
    const headers = {
      'x-forwarded-for': '203.0.113.8',
      'x-real-ip': '203.0.113.8',
      forwarded: 'for=203.0.113.8',
    };
    const forwarded = { query: documentOf('requestEmailCode'), variables: { input: { email: EMAIL } } };
    expect(codeOf(await post(visitor, forwarded, headers))).toBe('RATE_LIMITED');
    expect(codeOf(await ask(await Visitor.at(example.url, '127.0.0.2'), 4))).toBe('OK');
  });

  it('accepts a proof only for its own session, and once, also when it is sent twice at the same time', async () => {
    const visitor = await start();
    const other = await Visitor.at(example.url);
    const proof = await proofOf(visitor);
    expect((await other.signUp(proof)).status).toBe(403);
    const answers = await Promise.all([visitor.signUp(proof), visitor.signUp(proof)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect((await visitor.signUp(proof)).status).toBe(403);
    expect((await visitor.signUp(await proofOf(visitor, 'second@example.com'))).status).toBe(200);
  });

  it('refuses a proof for another purpose, of another issuer, or that is changed or missing', async () => {
    const visitor = await start();
    const proof = await proofOf(visitor);
    const nonce = decodeJwt(proof).nonce;
    const login = { purpose: 'login', nonce };
    const { id } = (await app.requestEmail('l@example.com', login, BEARER)).data.requestEmailCode;
    const checked = await app.verify(id, await app.codeFor('l@example.com'), {}, BEARER);
    expect(decodeJwt(checked.data.verifyCode.proof)).toMatchObject(login);
    const foreign = await TestApp.start('sqlite');
    const sameNonce = (await foreign.requestEmail(EMAIL, { nonce })).data.requestEmailCode;
    const signedElsewhere = await foreign.verify(sameNonce.id, await foreign.codeFor(EMAIL));
    await foreign.close();
    const [header, payload, signature] = proof.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const altered = Buffer.from(JSON.stringify({ ...decodeJwt(proof), sub: 'x@example.com' }));
    const refused = [
      checked.data.verifyCode.proof,
      signedElsewhere.data.verifyCode.proof,
      `${header}.${altered.toString('base64url')}.${signature}`,
      `${none}.${payload}.`,
      'no proof',
      '',
    ];
    for (const one of refused) expect([one, (await visitor.signUp(one)).status]).toEqual([one, 403]);
    expect((await visitor.signUp(proof)).status).toBe(200);
    expect(example.output.trim().split('\n')).toHaveLength(1);
  });

  it('shows the recipient as text, not as HTML', async () => {
    const visitor = await start();
    const answer = await visitor.signUp(await proofOf(visitor, `a&b'i@example.com`));
    expect(answer.body).toContain('a&#38;b&#39;i@example.com has signed up');
  });

  it('refuses calls of other sites and calls without a session', async () => {
    const visitor = await start();
    const proof = await proofOf(visitor);
    const body = { query: documentOf('requestEmailCode'), variables: { input: { email: 'x@example.com' } } };
    const foreign = [
      { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': undefined, origin: 'https://attacker.example' },
      { 'sec-fetch-site': undefined, origin: 'null' },
      { 'sec-fetch-site': undefined, origin: undefined },
    ];
    for (const headers of foreign) {
      const answer = await post(visitor, body, headers);
      expect([headers, answer.status, codeOf(answer)]).toEqual([headers, 403, 'CROSS_SITE']);
      expect((await visitor.signUp(proof, headers)).status).toBe(403);
    }
    for (const cookie of [undefined, 'sign_up_session=unknown', 'sign_up_session='])
      expect(codeOf(await post(visitor, body, { cookie }))).toBe('NO_SESSION');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
      expect((await visitor.post('/verification', type, JSON.stringify(body))).status).toBe(415);
    expect((await visitor.post('/sign-up', 'text/plain', `proof=${proof}`)).status).toBe(403);
    expect(await app.inbox('x@example.com')).toEqual([]);
    // Browsers send `Sec-Fetch-Site` only over HTTPS and on this machine.
    const typed = { 'sec-fetch-site': undefined, 'content-type': 'Application/JSON; charset=utf-8' };
    expect(codeOf(await post(visitor, body, typed))).toBe('OK');
    expect((await visitor.signUp(proof, { 'sec-fetch-site': undefined })).status).toBe(200);
  });

  it('refuses bodies that are too large, with and without content-length', async () => {
    const visitor = await start();
    const large = { query: documentOf('verification'), variables: { id: 'x'.repeat(20_000) } };
    const chunked = { 'content-length': undefined, 'transfer-encoding': 'chunked' };
    for (const headers of [{}, chunked])
      expect([headers, (await post(visitor, large, headers)).status]).toEqual([headers, 413]);
    expect((await visitor.signUp('x'.repeat(10_000))).status).toBe(413);
    expect((await visitor.call('/')).status).toBe(200);
  });

  it('answers with a temporary status while Injeung is away, and works again afterwards', async () => {
    const port = String(await freePort());
    const visitor = await start({ PORT: port });
    await app.stop();
    const away = await requestEmail(visitor);
    expect([away.status, away.body]).toEqual([502, '{}']);
    expect((await visitor.signUp('no proof')).status).toBe(403);
    await app.open();
    const proof = await proofOf(visitor);
    await app.stop();
    expect((await visitor.signUp(proof)).status).toBe(503);
    await app.open();
    expect((await visitor.signUp(proof)).status).toBe(200);
    expect(example.output).toContain('Injeung did not answer: ECONNREFUSED');
    for (const secret of [APP_KEY, EMAIL, proof]) expect(example.output).not.toContain(secret);
  });

  it('passes the refusal on when Injeung does not accept its key', async () => {
    const visitor = await start({ APP_API_KEYS: 'another-key-of-another-example' });
    expect(codeOf(await requestEmail(visitor))).toBe('UNAUTHENTICATED');
  });
});

it('examples/sign-up: answers with 504 when Injeung does not answer in time', async () => {
  const silent = await SilentServer.start();
  const example = await startSignUp(`http://127.0.0.1:${silent.port}`);
  expect((await requestEmail(await Visitor.at(example.url))).status).toBe(504);
  example.stop();
  await silent.close();
});

it('examples/sign-up: ends with status 2 and names the setting when it has no application key', async () => {
  const example = ExampleProcess.spawn('sign-up/server.mjs', { PORT: '4300' });
  expect(await example.status()).toBe(2);
  expect(example.output).toBe('Set INJEUNG_APP_KEY to one of the keys in APP_API_KEYS of Injeung.\n');
  example.stop();
});
