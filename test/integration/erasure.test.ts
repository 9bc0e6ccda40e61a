import { type AcceptedSend, type OutgoingMessage, type Provider } from '../../src/channels/provider.types';
import { DIALECTS, openDatabase } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { StepProvider, Steps } from '../support/step-provider';
import { ADMIN_KEY, TestApp } from '../support/test-app';
import { until } from '../support/until';

const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };

describe.each(DIALECTS)('eraseRecipient, on %s', (dialect) => {
  let app: TestApp;
  afterEach(() => app.close());

  const erase = (input: object, headers: Record<string, string> = ADMIN) =>
    app.gql(
      `mutation ($input: EraseRecipientInput!) { eraseRecipient(input: $input) { verifications } }`,
      { input },
      headers,
    );

  /** Reads the database while the server is stopped. */
  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    await app.stop();
    const database = await openDatabase(app.database.url);
    const found = await (sql.startsWith('SELECT') ? database.read(sql) : database.write(sql));
    await database.close();
    await app.open();
    return found;
  };

  it('removes exactly one address, compared without case, and no other spelling of the mailbox', async () => {
    app = await TestApp.start(dialect, { RECIPIENT_HOURLY_LIMIT: '9', IP_HOURLY_LIMIT: '0' });
    const request = async (email: string) => (await app.requestEmail(email)).data.requestEmailCode.id;
    const mine = [await request('user@gmail.com'), await request('User@gmail.com')];
    const others = [
      await request('user+tag@gmail.com'),
      await request('us.er@gmail.com'),
      await request('user@googlemail.com'),
      await request('other@gmail.com'),
    ];
    await app.verify(mine[0], TestApp.wrong(await app.codeFor('user@gmail.com')));
    for (const id of [...mine, ...others]) await app.delivered(id);
    expect((await erase({ email: 'USER@gmail.com' })).data.eraseRecipient).toEqual({ verifications: 2 });
    for (const id of mine) expect(await app.verification(id)).toBeNull();
    for (const id of others) expect(await app.verification(id)).not.toBeNull();
    for (const table of ['verification', 'delivery', 'inbox_message'])
      expect(await rows(`SELECT 1 FROM ${table}`)).toHaveLength(4);
    expect((await erase({ email: 'user@gmail.com' })).data.eraseRecipient).toEqual({ verifications: 0 });
    for (const email of ['user+tag@gmail.com', 'us.er@gmail.com', 'user@googlemail.com'])
      expect((await erase({ email })).data.eraseRecipient).toEqual({ verifications: 1 });
  });

  it('removes every send of the messages of a recipient, and no send of another recipient', async () => {
    const steps = new Steps();
    const providers = ['first', 'second'].map((name) => new StepProvider(name, steps));
    app = await TestApp.start(dialect, {}, { providers: { EMAIL: providers } });
    for (const email of ['mine@example.com', 'other@example.com']) {
      steps.plan(email, [{ kind: 'permanent', failure: 'SENDER_REFUSED' }, { kind: 'delivered' }]);
      await app.delivered((await app.requestEmail(email)).data.requestEmailCode.id);
    }
    expect(await rows('SELECT 1 FROM send')).toHaveLength(2);
    await erase({ email: 'mine@example.com' });
    const left = await rows('SELECT delivery_id FROM send');
    expect(left).toHaveLength(1);
    expect(left).toEqual(await rows('SELECT id AS delivery_id FROM delivery'));
  });

  it('keeps the counters of limits, so that an erasure gives a recipient no further messages or attempts', async () => {
    const clock = new ManualClock();
    const limits = {
      RECIPIENT_HOURLY_LIMIT: '2',
      RECIPIENT_DAILY_GUESSES: '1',
      IP_HOURLY_LIMIT: '0',
      RETENTION_DAYS: '1',
    };
    app = await TestApp.start(dialect, limits, { clock });
    const limitOf = async (email: string) =>
      (await app.requestEmail(email)).errors?.[0]?.extensions.limit ?? 'OK';
    for (let n = 0; n < 2; n++) expect(await limitOf('often@example.com')).toBe('OK');
    const { id } = (await app.requestEmail('guessed@example.com')).data.requestEmailCode;
    await app.verify(id, TestApp.wrong(await app.codeFor('guessed@example.com')));
    for (const email of ['often@example.com', 'guessed@example.com'])
      expect((await erase({ email })).data.eraseRecipient.verifications).toBeGreaterThan(0);
    expect(await limitOf('often@example.com')).toBe('RECIPIENT_HOURLY');
    expect(await limitOf('guessed@example.com')).toBe('RECIPIENT_DAILY_GUESSES');
    // Only times, a counter and the keyed hash are left. Retention removes them when no window covers them.
    const left = await rows('SELECT key, sent, guesses FROM budget WHERE this_window = 0');
    expect(left).toHaveLength(2);
    for (const { key, sent, guesses } of left) {
      expect(key).toMatch(/^[\w-]{22}$/);
      expect(`${sent as string}${guesses as string}`).toMatch(/^(\d{13})+$/);
    }
    clock.advance(2 * 86_400 + 1);
    await until(async () => {
      clock.advance(600);
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      return /purged_rows_total\{table="limit_counter"\} [3-9]/.test(metrics) ? true : null;
    });
    expect(await rows('SELECT key FROM budget')).toEqual([]);
  });

  it('finds rows that former versions stored, and distinguishes user from user+tag in them', async () => {
    app = await TestApp.start(dialect);
    const request = async (email: string) => (await app.requestEmail(email)).data.requestEmailCode.id;
    const plain = await request('user@example.com');
    const tagged = await request('user+tag@example.com');
    // Former versions stored both spellings under the key of `user` and had no separate key for limits.
    await rows(
      `UPDATE verification SET limit_key = NULL, recipient_key =
         (SELECT recipient_key FROM verification WHERE id = '${plain}') RETURNING id`,
    );
    expect((await erase({ email: 'user+tag@example.com' })).data.eraseRecipient).toEqual({
      verifications: 1,
    });
    expect(await app.verification(tagged)).toBeNull();
    const code = await app.codeFor('user@example.com');
    expect((await app.verify(plain, code)).data.verifyCode.verified).toBe(true);
    expect((await erase({ email: 'user@example.com' })).data.eraseRecipient).toEqual({ verifications: 1 });
  });

  it('removes a phone number, also one to which codes can no longer be sent', async () => {
    app = await TestApp.start(dialect, { SMS_COUNTRIES: 'KR,JP' });
    await app.requestSms('010-1234-5678');
    await app.requestSms('+819012345678');
    await app.restart({ SMS_COUNTRIES: 'KR' });
    expect((await erase({ phoneNumber: '+82 10 1234 5678' })).data.eraseRecipient.verifications).toBe(1);
    expect((await erase({ phoneNumber: '+81 90 1234 5678' })).data.eraseRecipient.verifications).toBe(1);
  });

  it('leaves no verification for which a proof could be issued', async () => {
    app = await TestApp.start(dialect);
    const { id } = (await app.requestEmail('gone@example.com')).data.requestEmailCode;
    const { proof } = (await app.verify(id, await app.codeFor('gone@example.com'))).data.verifyCode;
    await erase({ email: 'gone@example.com' });
    const consume = `mutation ($token: String!) { consumeProof(token: $token) { accepted reason verification { id } } }`;
    expect((await app.gql(consume, { token: proof }, ADMIN)).data.consumeProof).toEqual({
      accepted: false,
      reason: 'INVALID',
      verification: null,
    });
  });

  it('adds an entry to the audit log with the operator but without the recipient', async () => {
    app = await TestApp.start(dialect);
    await app.requestEmail('secret-person@example.com');
    await erase({ email: 'secret-person@example.com' });
    const entries = await rows('SELECT actor, action, target, outcome, detail FROM audit_entry');
    expect(entries).toEqual([
      {
        actor: expect.stringMatching(/^[0-9a-f]{12}$/),
        action: 'eraseRecipient',
        target: null,
        outcome: 'OK',
        detail: null,
      },
    ]);
    expect(app.log.join('')).not.toContain('secret-person');
  });

  it('requires an admin key and exactly one recipient', async () => {
    app = await TestApp.start(dialect);
    expect((await erase({ email: 'user@example.com' }, {})).errors![0]!.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    for (const input of [{}, { email: 'user@example.com', phoneNumber: '01012345678' }, { phoneNumber: 'x' }])
      expect((await erase(input)).errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('lets sends in progress end, and sending continues', async () => {
    let release: ((accepted: AcceptedSend) => void) | null = null;
    const taken: OutgoingMessage[] = [];
    const slow: Provider = {
      name: 'slow',
      channel: 'EMAIL',
      send: (message) => {
        taken.push(message);
        if (message.to !== 'erased@example.com') return Promise.resolve({ providerMessageId: 'id' });
        return new Promise((resolve) => (release = resolve));
      },
    };
    app = await TestApp.start(dialect, {}, { providers: { EMAIL: [slow] } });
    await app.requestEmail('erased@example.com');
    const accept = await until(() => release);
    await erase({ email: 'erased@example.com' });
    accept({ providerMessageId: 'late' });
    await until(() => (app.log.some((line) => line.includes('lease was lost')) ? true : null));
    await app.delivered((await app.requestEmail('next@example.com')).data.requestEmailCode.id, 'SENT');
    expect(taken).toHaveLength(2);
    expect(app.log.filter((line) => /"level":50/.test(line))).toEqual([]);
  });

  it('answers clearly when requests, resends, attempts and erasures of one recipient run at once', async () => {
    app = await TestApp.start(dialect, { RECIPIENT_DAILY_GUESSES: '1000' });
    const email = 'busy@example.com';
    const codes = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const { id } = (await app.requestEmail(email)).data.requestEmailCode;
      const resend = () => app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
      const all = [1, 2, 3, 4].flatMap(() => [
        app.requestEmail(email),
        resend(),
        app.verify(id, '000000'),
        erase({ email }),
      ]);
      for (const { errors } of await Promise.all(all)) codes.add(errors?.[0]?.extensions.code ?? 'OK');
    }
    expect([...codes].filter((code) => !['OK', 'NOT_FOUND', 'CONFLICT'].includes(code))).toEqual([]);
  });
});
