import { DIALECTS, openDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { type Step, StepProvider, Steps } from '../support/step-provider';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const USER = 'user@example.com';
const FIXED = 'fixed@example.com';

describe.each(DIALECTS)('why, on %s', (dialect) => {
  let clock: ManualClock;
  let steps: Steps;
  let app: TestApp;

  beforeEach(async () => {
    clock = new ManualClock();
    steps = new Steps();
    const providers = { EMAIL: [new StepProvider('first', steps), new StepProvider('second', steps)] };
    const env = {
      TEST_RECIPIENTS: `${FIXED}=123456`,
      RECIPIENT_HOURLY_LIMIT: '3',
      RECIPIENT_DAILY_GUESSES: '20',
    };
    app = await TestApp.start(dialect, env, { clock, providers });
  });
  afterEach(() => app.close());

  const request = async (email = USER) => (await app.requestEmail(email)).data.requestEmailCode.id as string;
  const codeOf = (email = USER) => until(() => [...(steps.codes.get(email) ?? [])][0] ?? null);
  const becomes = (id: string, status: string) =>
    until(async () => {
      clock.advance(1);
      return (await app.verification(id)).delivery.status === status || null;
    });
  const ask = async (variables: object) => {
    const { data, errors } = await app.admin(
      `query ($recipient: String, $verificationId: ID, $all: Boolean) {
        why(recipient: $recipient, verificationId: $verificationId, all: $all) {
          cause explanation nextStep recipient truncated timeline { at kind text verificationId } } }`,
      variables,
    );
    if (errors) return { errors };
    return data.why;
  };
  const why = (recipient = USER) => ask({ recipient });

  it('says that nothing was requested', async () => {
    expect(await why()).toMatchObject({ cause: 'NO_REQUEST', timeline: [], truncated: false });
  });

  it('says that a recipient is suppressed', async () => {
    await app.admin(`mutation { suppressRecipient(input: { email: "${USER}" }) { cause } }`);
    await app.requestEmail(USER);
    expect(await why()).toMatchObject({ cause: 'SUPPRESSED', recipient: 'u***@example.com' });
  });

  it('says that the latest request was refused by a limit', async () => {
    for (let count = 0; count < 4; count++) {
      clock.advance(1);
      await app.requestEmail(USER);
    }
    await until(async () => ((await why()).cause === 'REFUSED' ? true : null));
    expect(await why()).toMatchObject({
      explanation: expect.stringContaining('RECIPIENT_HOURLY'),
      nextStep: expect.stringContaining('RECIPIENT_HOURLY_LIMIT'),
    });
  });

  it('says that no SMS is sent to the country of a number, and which setting decides', async () => {
    await app.requestSms('+819012345678');
    await until(async () => ((await why('+819012345678')).cause === 'REFUSED' ? true : null));
    expect(await why('+819012345678')).toMatchObject({
      explanation: expect.stringContaining('RECIPIENT_NOT_ALLOWED (COUNTRY)'),
      nextStep: expect.stringContaining('SMS_COUNTRIES'),
    });
  });

  it('says that the recipient was suppressed when it was refused, and is not suppressed any more', async () => {
    await app.admin(`mutation { suppressRecipient(input: { email: "${USER}" }) { cause } }`);
    await app.requestEmail(USER);
    await app.admin(`mutation { unsuppressRecipient(input: { email: "${USER}" }) { removed } }`);
    await until(async () => ((await why()).cause === 'REFUSED' ? true : null));
    expect(await why()).toMatchObject({ nextStep: expect.stringContaining('not suppressed any more') });
  });

  it.each<[string, Step[], string, string, string]>([
    ['that a provider has sent no receipt', [{ kind: 'pending' }], 'SENT', 'NO_RECEIPT', 'first accepted'],
    ['that the message arrived', [{ kind: 'delivered' }], 'DELIVERED', 'ARRIVED', 'first reported'],
    [
      'that the address does not exist',
      [{ kind: 'permanent', failure: 'INVALID_RECIPIENT' }],
      'FAILED',
      'INVALID_RECIPIENT',
      'P: planned',
    ],
    [
      'that the recipient blocks the sender',
      [{ kind: 'not-delivered', failure: 'BLOCKED', retryable: false }],
      'FAILED',
      'BLOCKED',
      'The last error: first: R',
    ],
    [
      'that every provider refused the sender',
      Array.from({ length: 2 }, () => ({ kind: 'permanent', failure: 'SENDER_REFUSED' }) as const),
      'FAILED',
      'SENDER_REFUSED',
      'P: planned',
    ],
    [
      'that the recipient could not be reached',
      Array.from(
        { length: 2 },
        () => ({ kind: 'not-delivered', failure: 'UNREACHABLE', retryable: false }) as const,
      ),
      'FAILED',
      'UNREACHABLE',
      'The last error: second: R',
    ],
  ])('says %s', async (_what, planned, status, cause, words) => {
    steps.plan(USER, planned);
    const id = await request();
    await becomes(id, status);
    expect(await why()).toMatchObject({ cause, explanation: expect.stringContaining(words) });
    expect(await ask({ verificationId: id })).toMatchObject({ cause });
  });

  it('says that no provider accepts the message, before and after its code has expired', async () => {
    steps.plan(
      USER,
      Array.from({ length: 200 }, () => ({ kind: 'retryable' }) as const),
    );
    const id = await request();
    await until(() => (steps.sends.get(USER)?.length ?? 0) >= 2 || null);
    await until(async () => ((await why()).cause === 'PROVIDERS_FAIL' ? true : null));
    clock.advance(1_800);
    await becomes(id, 'FAILED');
    expect(await why()).toMatchObject({
      cause: 'PROVIDERS_FAIL',
      explanation: expect.stringContaining('before the code expired'),
    });
  });

  it('says that wrong codes used up all attempts', async () => {
    const id = await request();
    const wrong = TestApp.wrong(await codeOf());
    for (let attempt = 0; attempt < 5; attempt++) await app.verify(id, wrong);
    const { cause, timeline } = await why();
    expect(cause).toBe('WRONG_CODES');
    expect(timeline.filter(({ kind }: any) => kind === 'ATTEMPT')).toHaveLength(5);
  });

  it('says that a verification was canceled, verified or has a fixed code', async () => {
    const canceled = await request('canceled@example.com');
    await becomes(canceled, 'DELIVERED');
    await app.gql('mutation ($id: ID!) { cancelVerification(verificationId: $id) { id } }', { id: canceled });
    expect(await why('canceled@example.com')).toMatchObject({ cause: 'CANCELED' });
    const verified = await request('verified@example.com');
    await app.verify(verified, await codeOf('verified@example.com'));
    expect(await why('verified@example.com')).toMatchObject({ cause: 'VERIFIED' });
    await request(FIXED);
    expect(await why(FIXED)).toMatchObject({ cause: 'FIXED_CODE' });
  });

  it('shows the whole way of a message through the providers in its time line', async () => {
    steps.plan(USER, [
      { kind: 'not-delivered', failure: 'SENDER_REFUSED', retryable: false },
      { kind: 'delivered' },
    ]);
    const id = await request();
    await becomes(id, 'DELIVERED');
    const { timeline } = await why();
    expect(timeline.map(({ kind, text }: any) => `${kind} ${text}`)).toEqual([
      'REQUEST a code by EMAIL for sign-up was requested',
      'SEND first accepted the message, and it did not arrive (SENDER_REFUSED): R',
      'SEND second accepted the message',
      'RECEIPT second reported: the message arrived',
    ]);
    const times = timeline.map(({ at }: any) => at);
    expect(times).toEqual([...times].sort());
    expect(new Set(timeline.map(({ verificationId }: any) => verificationId))).toEqual(new Set([id]));
  });

  it('leaves out what is older than a day, unless everything is asked for', async () => {
    await becomes(await request(), 'DELIVERED');
    clock.advance(2 * 86_400);
    expect(await why()).toMatchObject({ cause: 'NO_REQUEST', timeline: [], truncated: true });
    const { cause, timeline, truncated } = await ask({ recipient: USER, all: true });
    expect({ cause, truncated }).toEqual({ cause: 'ARRIVED', truncated: false });
    expect(timeline.length).toBeGreaterThan(2);
  });

  it('reports older entries that a former version stored under the address without its tag', async () => {
    const [plain, tagged] = [await request(), await request('user+tag@example.com')];
    await becomes(tagged, 'DELIVERED');
    await app.stop();
    const database = await openDatabase(app.database.url);
    await database.write(
      `UPDATE verification SET recipient_key = (SELECT recipient_key FROM verification WHERE id = $1)
       WHERE id = $2 RETURNING id`,
      [plain, tagged],
    );
    await database.close();
    await app.open();
    clock.advance(2 * 86_400);
    expect(await why('user+tag@example.com')).toMatchObject({ timeline: [], truncated: true });
    expect(await why('another@example.com')).toMatchObject({ truncated: false });
  });

  it('does not confuse two spellings of a mailbox', async () => {
    await request('user+tag@example.com');
    expect(await why()).toMatchObject({ cause: 'NO_REQUEST' });
    expect(await why('USER+TAG@example.com')).not.toMatchObject({ cause: 'NO_REQUEST' });
  });

  it('refuses a question about no one, or about two, and one without a key', async () => {
    const rules = async (variables: object) =>
      (await ask(variables)).errors?.map(
        ({ extensions }: any) => extensions.fields?.[0]?.rule ?? extensions.code,
      );
    expect(await rules({})).toEqual(['EXACTLY_ONE']);
    expect(await rules({ recipient: USER, verificationId: 'x' })).toEqual(['EXACTLY_ONE']);
    expect(await ask({ verificationId: 'unknown' })).toMatchObject({
      cause: 'UNKNOWN_VERIFICATION',
      recipient: null,
    });
    const { errors } = await app.gql(`{ why(recipient: "${USER}") { cause } }`);
    expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
  });

  it('contains neither a code nor a full recipient', async () => {
    const id = await request();
    await becomes(id, 'DELIVERED');
    const text = JSON.stringify(await ask({ recipient: USER, all: true }));
    expect(text).not.toContain(await codeOf());
    expect(text).not.toContain(USER);
  });
});
