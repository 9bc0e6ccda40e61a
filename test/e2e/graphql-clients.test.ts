import { createHash, randomUUID } from 'node:crypto';
import { ApolloClient, type ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { type AnyVariables, cacheExchange, Client, fetchExchange, type TypedDocumentNode } from '@urql/core';
import { decodeJwt } from 'jose';
import { FrontEndProject } from '../support/front-end-project';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const PAGE = 'docs/guides/graphql-clients.md';
const URL_OF_PAGE = 'http://127.0.0.1:4000/graphql';
const POLL_MS = 20;

interface Form {
  id: string;
  status: string;
  recipient: string;
  attemptsRemaining: number;
  expiresInSeconds: number;
  delivery: { status: string; failure: string | null };
}

/** TypeScript also reports an expected error that does not exist. */
const WRONG_VALUES = `import { type FormFragment, type VerifyCodeInput } from './verification/gql/graphql';
// @ts-expect-error: the schema has no such status
export const isDone = (form: FormFragment) => form.status === 'DONE';
// @ts-expect-error: a date is a string
export const year = (form: FormFragment): number => form.expiresAt;
// @ts-expect-error: the code is missing
export const input: VerifyCodeInput = { verificationId: '1' };
`;

/** What both samples of the page export. */
interface Sample {
  requestCode(email: string, nonce: string, idempotencyKey: string): Promise<Form>;
  checkCode(
    id: string,
    code: string,
    idempotencyKey: string,
  ): Promise<{ verified: boolean; reason: string | null; attemptsRemaining: number; proof: string | null }>;
  resendCode(id: string): Promise<Form>;
  watchDelivery(id: string, show: (form: Form) => void, pollInterval?: number): () => void;
  refusalOf(error: unknown): Record<string, unknown> | undefined;
}

type Documents = Record<string, TypedDocumentNode<any, AnyVariables>>;

/** The requests of the clients. It can lose answers: the server has executed a request, and its client gets an error. */
class Network {
  readonly requests: { method: string; url: string; body: any; status: number }[] = [];
  private lost = 0;
  private readonly fetch = globalThis.fetch;

  constructor() {
    globalThis.fetch = async (input, init) => {
      const answer = await this.fetch(input, init);
      this.requests.push({
        method: init?.method ?? 'GET',
        url: input instanceof Request ? input.url : input.toString(),
        body: typeof init?.body === 'string' ? JSON.parse(init.body) : null,
        status: answer.status,
      });
      if (this.lost > 0) {
        this.lost -= 1;
        throw new TypeError('the answer was lost');
      }
      return answer;
    };
  }

  loseAnswers(count: number): void {
    this.requests.length = 0;
    this.lost = count;
  }

  restore(): void {
    globalThis.fetch = this.fetch;
  }
}

describe('the page about GraphQL clients', () => {
  let project: FrontEndProject;
  beforeAll(() => (project = new FrontEndProject(PAGE)));
  afterAll(() => project.remove());

  it('shows every file that its samples need', () => {
    expect(project.files).toEqual([
      'codegen.ts',
      'verification/operations.graphql',
      ...['refusal.ts', 'apollo.ts', 'urql.ts', 'submit.ts'].map((file) => `verification/${file}`),
    ]);
  });

  it('has a configuration of graphql-codegen with which its samples have no type fault, and wrong values have', async () => {
    expect(await project.generate()).toContain('verification/gql/graphql.ts');
    project.write('wrong-values.ts', WRONG_VALUES);
    expect(project.typeFaults(['wrong-values.ts'])).toEqual([]);
  }, 60_000);
});

describe('GraphQL clients', () => {
  let app: TestApp;
  let project: FrontEndProject;
  let network: Network;
  let users = 0;
  beforeAll(async () => {
    app = await TestApp.start('sqlite', { RESEND_COOLDOWN_SECONDS: '60' });
    project = new FrontEndProject(PAGE, (text) => text.replaceAll(URL_OF_PAGE, `${app.url}/graphql`));
    await project.generate();
    network = new Network();
  });
  afterAll(async () => {
    network.restore();
    project.remove();
    await app.close();
  });
  beforeEach(() => network.loseAnswers(0));

  describe.each(['apollo', 'urql'])('by the documented sample for %s, a front end', (name) => {
    const user = () => `user-${users++}@example.com`;
    let sample: Sample;
    beforeAll(() => (sample = project.load<Sample>(`verification/${name}.ts`)));

    const request = (email = user(), key = randomUUID()) => sample.requestCode(email, 'session-1', key);
    const refusal = async (call: Promise<unknown>) =>
      call.then(
        () => 'no error',
        (error: unknown) => sample.refusalOf(error),
      );

    it('takes a user from an address over a wrong code to a proof', async () => {
      const email = user();
      const { id, status, expiresInSeconds } = await request(email);
      expect([status, expiresInSeconds]).toEqual(['PENDING', 1_800]);
      const code = await app.codeFor(email);

      const wrong = await sample.checkCode(id, TestApp.wrong(code), randomUUID());
      expect(wrong).toMatchObject({
        verified: false,
        reason: 'WRONG_CODE',
        attemptsRemaining: 4,
        proof: null,
      });
      const right = await sample.checkCode(id, code, randomUUID());
      expect(right).toMatchObject({ verified: true, reason: null });
      expect(decodeJwt(right.proof!)).toMatchObject({ sub: email, purpose: 'sign-up', nonce: 'session-1' });
    });

    it('learns how long to wait when a limit is reached, and does not repeat the call', async () => {
      const email = user();
      const { id } = await request(email);
      network.requests.length = 0;
      const limited = {
        code: 'RATE_LIMITED',
        limit: 'RESEND_COOLDOWN',
        retryAfterSeconds: expect.any(Number),
      };
      expect(await refusal(request(email))).toEqual(limited);
      expect(await refusal(sample.resendCode(id))).toEqual(limited);
      expect(network.requests).toHaveLength(2);
    });

    it('learns which field breaks which rule', async () => {
      const field = (path: string, rule: string) => ({
        code: 'BAD_USER_INPUT',
        fields: [{ path, rule, message: expect.any(String) }],
      });
      expect(await refusal(request('nobody'))).toEqual(field('input.email', 'INVALID_EMAIL'));
      const { id } = await request();
      expect(await refusal(sample.checkCode(id, '12', randomUUID()))).toEqual(
        field('input.code', 'INVALID_CODE'),
      );
      // A fault of the type is answered with status 400.
      expect(await refusal(sample.checkCode(id, 42 as never, randomUUID()))).toEqual(
        field('input.code', 'INVALID_TYPE'),
      );
      expect(network.requests.at(-1)!.status).toBe(400);
    });

    it('repeats a request and a check after a lost answer: one message, the same proof', async () => {
      const email = user();
      network.loseAnswers(1);
      const { id } = await request(email);
      expect(network.requests).toHaveLength(2);
      const code = await app.codeFor(email);
      await app.delivered(id);
      expect(await app.inbox(email)).toHaveLength(1);

      network.loseAnswers(1);
      const { verified, proof } = await sample.checkCode(id, code, randomUUID());
      expect([verified, typeof proof]).toEqual([true, 'string']);
      expect(network.requests).toHaveLength(2);
    });

    it('does not repeat a resend after a lost answer, which is not a refusal', async () => {
      const { id } = await request();
      network.loseAnswers(1);
      expect(await refusal(sample.resendCode(id))).toBeUndefined();
      expect(network.requests).toHaveLength(1);
    });

    it('follows the delivery, also after lost answers', async () => {
      const email = user();
      const { id } = await request(email);
      const forms: Form[] = [];
      const stop = sample.watchDelivery(id, (form) => forms.push(form), POLL_MS);
      try {
        await until(() => (forms.at(-1)?.delivery.status === 'DELIVERED' ? true : null));
        network.loseAnswers(3);
        await until(() => (network.requests.length > 3 ? true : null));
        await sample.checkCode(id, await app.codeFor(email), randomUUID());
        await until(() => (forms.at(-1)!.status === 'VERIFIED' ? true : null));
      } finally {
        stop();
      }
    });

    it('stops following the delivery when it is asked to, while another form continues', async () => {
      const { id } = await request();
      const stopped: Form[] = [];
      const continued: Form[] = [];
      const stopFirst = sample.watchDelivery(
        id,
        (form) => {
          stopped.push(form);
          stopFirst();
        },
        POLL_MS,
      );
      await until(() => stopped.length > 0 || null);
      const stopSecond = sample.watchDelivery(id, (form) => continued.push(form), POLL_MS);
      await until(() => continued.length > 4 || null);
      stopSecond();
      expect(stopped).toHaveLength(1);
    });
  });

  it('the documented use of refusals says what to show', async () => {
    const sample = project.load<{
      submit(email: string, nonce: string, idempotencyKey: string): Promise<string>;
    }>('verification/submit.ts');
    const email = `user-${users++}@example.com`;
    const key = randomUUID();
    network.loseAnswers(3);
    expect(await sample.submit(email, 'session-1', key)).toBe('There was no answer. Please try again.');
    expect(await sample.submit(email, 'session-1', key)).toBe('We sent a code to u***@example.com.');
    expect(await sample.submit(email, 'session-1', randomUUID())).toMatch(/^Please wait \d+ seconds\.$/);
    expect(await sample.submit('nobody', 'session-1', randomUUID())).toBe('Please check the address.');
    const other = await sample.submit(email, 'session-2', key);
    expect(other).toBe('This is not possible now (CONFLICT).');
  });

  it('the documented Apollo Client stores nothing in its cache, and asks the server each time', async () => {
    const sample = project.load<Sample & { client: ApolloClient }>('verification/apollo.ts');
    const documents = project.load<Documents>('verification/gql/graphql.ts');
    const email = `user-${users++}@example.com`;
    const { id } = await sample.requestCode(email, 'session-1', randomUUID());
    const query = { query: documents.VerificationDocument!, variables: { id } };
    const status = async () => (await sample.client.query(query)).data.verification.status;
    expect(await status()).toBe('PENDING');
    await sample.checkCode(id, await app.codeFor(email), randomUUID());
    expect(await status()).toBe('VERIFIED');
    expect(sample.client.extract()).toEqual({});
  });

  describe('by a setting that the page names,', () => {
    let documents: Documents;
    let id: string;
    beforeAll(async () => {
      documents = project.load<Documents>('verification/gql/graphql.ts');
      id = (await app.requestEmail(`user-${users++}@example.com`)).data.requestEmailCode.id;
    });
    const uri = () => `${app.url}/graphql`;
    const calls = () => network.requests.map(({ method, status }) => [method, status]);

    const apollo = (link: ApolloLink) => {
      const client = new ApolloClient({ cache: new InMemoryCache(), link });
      return client.query({
        query: documents.VerificationDocument!,
        variables: { id },
        fetchPolicy: 'no-cache',
      });
    };
    const urql = (settings: object) => new Client({ url: uri(), exchanges: [fetchExchange], ...settings });

    it('queries that Apollo Client sends by GET are answered', async () => {
      const answer = await apollo(new HttpLink({ uri: uri(), useGETForQueries: true }));
      expect(answer.data).toMatchObject({ verification: { id, __typename: 'Verification' } });
      expect(calls()).toEqual([['GET', 200]]);
    });

    it('urql sends queries by GET unless preferGetMethod is false, and mutations always by POST', async () => {
      const input = { email: `user-${users++}@example.com` };
      for (const [preferGetMethod, method] of [
        [undefined, 'GET'],
        [true, 'GET'],
        ['force', 'GET'],
        [false, 'POST'],
      ] as const) {
        network.requests.length = 0;
        const client = urql({ preferGetMethod });
        const answer = await client.query(documents.VerificationDocument!, { id });
        expect([answer.error, answer.data.verification.id]).toEqual([undefined, id]);
        expect(calls()).toEqual([[method, 200]]);
        await client.mutation(documents.RequestEmailCodeDocument!, { input });
        expect(calls().at(-1)).toEqual(['POST', 200]);
      }
    });

    it('urql with a cacheExchange asks the server each time with network-only, and once without', async () => {
      for (const [requestPolicy, requests] of [
        ['network-only', 2],
        ['cache-first', 1],
      ] as const) {
        network.requests.length = 0;
        const client = urql({ exchanges: [cacheExchange, fetchExchange], requestPolicy });
        for (let query = 0; query < 2; query += 1) {
          const answer = await client.query(documents.VerificationDocument!, { id });
          expect(answer.data.verification.id).toBe(id);
        }
        expect(network.requests).toHaveLength(requests);
      }
    });

    it('a persisted query of Apollo Client is answered after one more request, which has the whole document', async () => {
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
      const link = new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: uri() }));
      expect((await apollo(link)).data).toMatchObject({ verification: { id } });
      expect(network.requests.map(({ body }) => typeof body.query)).toEqual(['undefined', 'string']);
      expect(calls()).toEqual([
        ['POST', 200],
        ['POST', 200],
      ]);
      // The link has read PERSISTED_QUERY_NOT_SUPPORTED and sends no more hashes.
      expect((await apollo(link)).data).toMatchObject({ verification: { id } });
      expect(network.requests).toHaveLength(3);
    });

    it('a batch of Apollo Client is refused', async () => {
      await expect(apollo(new BatchHttpLink({ uri: uri() }))).rejects.toMatchObject({
        errors: [{ extensions: { code: 'BAD_REQUEST' } }],
      });
      expect(calls()).toEqual([['POST', 400]]);
    });
  });

  it('an application key in a header of either client is accepted where keys are required', async () => {
    const APP_KEY = 'application-key-of-the-test-suite-01';
    const closed = await TestApp.start('sqlite', { APP_API_KEYS: APP_KEY });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    const documents = project.load<Documents>('verification/gql/graphql.ts');
    const mutation = documents.RequestEmailCodeDocument!;
    const input = () => ({ input: { email: `user-${users++}@example.com`, clientIp: '192.0.2.1' } });
    const uri = `${closed.url}/graphql`;
    try {
      const apollo = new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri, headers }) });
      const { data } = await apollo.mutate({ mutation, variables: input() });
      expect(data.requestEmailCode.status).toBe('PENDING');
      const urql = new Client({ url: uri, exchanges: [fetchExchange], fetchOptions: { headers } });
      expect((await urql.mutation(mutation, input())).data.requestEmailCode.status).toBe('PENDING');
      const anonymous = new Client({ url: uri, exchanges: [fetchExchange] });
      const { error } = await anonymous.mutation(mutation, input());
      expect(error!.graphQLErrors[0]!.extensions.code).toBe('UNAUTHENTICATED');
    } finally {
      await closed.close();
    }
  });
});
