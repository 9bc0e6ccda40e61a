import { type Accepted, type OutgoingMessage, type Provider } from '../../src/channels/provider.types';
import { openDatabase } from '../../src/database/open-database';
import { DIALECTS } from '../support/databases';
import { ADMIN_KEY, TestApp } from '../support/test-app';
import { until } from '../support/until';

const ADMIN = { authorization: `Bearer ${ADMIN_KEY}` };
const TABLES = ['verification', 'delivery', 'inbox_message', 'budget'];

describe.each(DIALECTS)('eraseRecipient, on %s', (dialect) => {
  let app: TestApp;
  afterEach(() => app.close());

  const erase = (input: object, headers: Record<string, string> = ADMIN) =>
    app.gql(
      `mutation ($input: EraseRecipientInput!) { eraseRecipient(input: $input) { verifications } }`,
      { input },
      headers,
    );

  /** Reads the database as an operator would, beside the server that is stopped for it. */
  const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
    await app.stop();
    const database = await openDatabase(app.database.url);
    const found = await database.read(sql);
    await database.close();
    await app.open();
    return found;
  };

  it('forgets a person under all addresses that are theirs, and nobody else', async () => {
    app = await TestApp.start(dialect, { RECIPIENT_HOURLY_LIMIT: '5', IP_HOURLY_LIMIT: '0' });
    const request = async (email: string) => (await app.requestEmail(email)).data.requestEmailCode.id;
    const mine = [await request('user@example.com'), await request('User+tag@example.com')];
    const other = await request('other@example.com');
    await app.verify(mine[0], TestApp.wrong(await app.codeFor('user@example.com')));
    for (const id of [...mine, other]) await app.delivered(id);
    expect((await erase({ email: 'USER@example.com' })).data.eraseRecipient).toEqual({ verifications: 2 });
    for (const id of mine) expect(await app.verification(id)).toBeNull();
    expect(await app.verification(other)).not.toBeNull();
    for (const table of TABLES) expect(await rows(`SELECT 1 FROM ${table}`)).toHaveLength(1);
    expect((await erase({ email: 'user@example.com' })).data.eraseRecipient).toEqual({ verifications: 0 });
  });

  it('forgets a number, also one that codes may not go to any more', async () => {
    app = await TestApp.start(dialect, { SMS_COUNTRIES: 'KR,JP' });
    await app.requestSms('010-1234-5678');
    await app.requestSms('+819012345678');
    await app.restart({ SMS_COUNTRIES: 'KR' });
    expect((await erase({ phoneNumber: '+82 10 1234 5678' })).data.eraseRecipient.verifications).toBe(1);
    expect((await erase({ phoneNumber: '+81 90 1234 5678' })).data.eraseRecipient.verifications).toBe(1);
  });

  it('leaves nothing that a proof could be of', async () => {
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

  it('leaves a line in the audit log that says who did it and not to whom', async () => {
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

  it('wants an admin key and one recipient', async () => {
    app = await TestApp.start(dialect);
    expect((await erase({ email: 'user@example.com' }, {})).errors![0]!.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    for (const input of [{}, { email: 'user@example.com', phoneNumber: '01012345678' }, { phoneNumber: 'x' }])
      expect((await erase(input)).errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('lets messages under way come to their end and goes on sending', async () => {
    let release: ((accepted: Accepted) => void) | null = null;
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

  it('and requests, resends, guesses and erasures of one person at once end in clear answers alone', async () => {
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
