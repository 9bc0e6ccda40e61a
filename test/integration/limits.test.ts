import { DIALECTS } from '../support/databases';
import { ManualClock } from '../support/manual-clock';
import { type GraphQLAnswer, TestApp } from '../support/test-app';

const accepted = (answers: GraphQLAnswer[]) => answers.filter(({ errors }) => !errors).length;
const limitOf = ({ errors }: GraphQLAnswer) => errors?.[0]?.extensions.limit;
const APP_KEY = 'application-key-of-the-test-suite';

describe.each(DIALECTS)('limits, on %s', (dialect) => {
  let app: TestApp;
  const clock = new ManualClock();
  const start = async (env: Record<string, string>) => (app = await TestApp.start(dialect, env, { clock }));
  afterEach(() => app.close());

  const atOnce = (email: string) => Promise.all(Array.from({ length: 40 }, () => app.requestEmail(email)));

  it('accept one of 40 concurrent requests during the cooldown, and the next one after it', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60' });
    const answers = await atOnce('cool@example.com');
    expect(accepted(answers)).toBe(1);
    const refused = answers.find(({ errors }) => errors)!;
    expect(refused.errors![0]!.extensions).toEqual({
      code: 'RATE_LIMITED',
      limit: 'RESEND_COOLDOWN',
      retryAfterSeconds: 60,
    });
    expect(refused.headers.get('retry-after')).toBe('60');
    clock.advance(59);
    expect(limitOf(await app.requestEmail('COOL+tag@example.com'))).toBe('RESEND_COOLDOWN');
    clock.advance(1);
    const { data } = await app.requestEmail('cool@example.com');
    const { id, createdAt, resendAvailableAt } = data.requestEmailCode;
    expect(Date.parse(resendAvailableAt) - Date.parse(createdAt)).toBe(60_000);
    const resend = () =>
      app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { resendAvailableAt } }`, { id });
    expect(limitOf(await resend())).toBe('RESEND_COOLDOWN');
    clock.advance(60);
    const resent = (await resend()).data.resendCode.resendAvailableAt;
    expect(Date.parse(resent) - Date.parse(createdAt)).toBe(120_000);
  });

  it('enforce the hourly limit of a recipient exactly, also at the end of the hour', async () => {
    await start({ RECIPIENT_HOURLY_LIMIT: '5' });
    clock.advance(3_599);
    expect(accepted(await atOnce('hour@example.com'))).toBe(5);
    clock.advance(2);
    expect(limitOf(await app.requestEmail('hour@example.com'))).toBe('RECIPIENT_HOURLY');
    clock.advance(3_598);
    expect(accepted(await atOnce('hour@example.com'))).toBe(5);
  });

  it('enforce the daily limit of a recipient', async () => {
    await start({ RECIPIENT_DAILY_LIMIT: '10' });
    expect(accepted(await atOnce('day@example.com'))).toBe(10);
    expect(limitOf(await app.requestEmail('day@example.com'))).toBe('RECIPIENT_DAILY');
    clock.advance(86_400);
    expect(accepted([await app.requestEmail('day@example.com')])).toBe(1);
  });

  it('enforce the limit of an address over many recipients and after a restart', async () => {
    await start({ IP_HOURLY_LIMIT: '30' });
    const send = (number: number) => app.requestEmail(`address-${number}@example.com`);
    expect(accepted(await Promise.all(Array.from({ length: 40 }, (_, number) => send(number))))).toBe(30);
    await app.restart();
    expect(limitOf(await send(100))).toBe('IP_HOURLY');
    clock.advance(7_200);
    expect(accepted([await send(101)])).toBe(1);
  });

  it('accept no second burst after an hour has begun, and in any hour less than twice the limit', async () => {
    await start({ IP_HOURLY_LIMIT: '20' });
    clock.advance(3_599 - (Math.floor(clock.now() / 1000) % 3_600));
    const burst = async (name: string) =>
      accepted(
        await Promise.all(Array.from({ length: 25 }, (_, n) => app.requestEmail(`${name}-${n}@example.com`))),
      );
    expect(await burst('before')).toBe(20);
    clock.advance(1);
    expect(await burst('after')).toBe(0);
    clock.advance(1_800);
    expect(await burst('half')).toBe(10);
    clock.advance(1_799);
    expect(await burst('end')).toBeLessThan(10);
  });

  it('are enforced when a statement finds a row whose window began after its own', async () => {
    await start({ IP_HOURLY_LIMIT: '3' });
    clock.advance(3_600 - (Math.floor(clock.now() / 1000) % 3_600));
    const ask = (name: string) => app.requestEmail(`${name}@example.com`);
    for (const name of ['one', 'two', 'three']) expect(accepted([await ask(name)])).toBe(1);
    clock.advance(-1);
    expect(limitOf(await ask('four'))).toBe('IP_HOURLY');
    clock.advance(2);
    expect(limitOf(await ask('five'))).toBe('IP_HOURLY');
  });

  it('enforce the daily limit of SMS, which does not affect e-mail', async () => {
    await start({ SMS_DAILY_LIMIT: '10' });
    const numbers = Array.from({ length: 40 }, (_, number) => `0103000${String(number).padStart(4, '0')}`);
    const answers = await Promise.all(numbers.map((number) => app.requestSms(number)));
    expect(accepted(answers)).toBe(10);
    expect(limitOf(answers.find(({ errors }) => errors)!)).toBe('SMS_DAILY');
    expect(accepted([await app.requestEmail('free@example.com')])).toBe(1);
  });

  it('enforce the limit of a block of numbers, which sequential numbers reach and scattered numbers do not', async () => {
    await start({ SMS_PREFIX_HOURLY_LIMIT: '12' });
    const sequential = Array.from({ length: 40 }, (_, n) => `010-4000-${String(n).padStart(4, '0')}`);
    const answers = await Promise.all(sequential.map((number) => app.requestSms(number)));
    expect(accepted(answers)).toBe(12);
    const { extensions } = answers.find(({ errors }) => errors)!.errors![0]!;
    expect(extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'SMS_PREFIX' });
    expect(extensions.retryAfterSeconds).toBeGreaterThan(0);
    const spread = Array.from({ length: 40 }, (_, n) => `010-41${String(n).padStart(2, '0')}-0000`);
    expect(accepted(await Promise.all(spread.map((number) => app.requestSms(number))))).toBe(40);
    clock.advance(7_200);
    expect(accepted([await app.requestSms('010-4000-9999')])).toBe(1);
  });

  it('count a resend for the block of its number, and are off at 0', async () => {
    await start({ SMS_PREFIX_HOURLY_LIMIT: '2' });
    const { id } = (await app.requestSms('010-4200-0001')).data.requestSmsCode;
    const resend = () => app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
    expect(accepted([await resend()])).toBe(1);
    expect(limitOf(await resend())).toBe('SMS_PREFIX');
    expect(limitOf(await app.requestSms('010-4200-0002'))).toBe('SMS_PREFIX');
    await app.restart({ SMS_PREFIX_HOURLY_LIMIT: '0' });
    expect(accepted([await resend(), await app.requestSms('010-4200-0002')])).toBe(2);
  });

  it('are enforced over two nodes, for recipient, address, block and day alike', async () => {
    await start({
      IP_HOURLY_LIMIT: '25',
      SMS_PREFIX_HOURLY_LIMIT: '10',
      SMS_DAILY_LIMIT: '15',
      RECIPIENT_HOURLY_LIMIT: '3',
    });
    const nodes = dialect === 'postgres' ? [app, await app.another()] : [app];
    const onAll = (ask: (node: TestApp, n: number) => Promise<GraphQLAnswer>) =>
      Promise.all(Array.from({ length: 30 }, (_, n) => ask(nodes[n % nodes.length]!, n)));
    expect(accepted(await onAll((node) => node.requestSms('010-4300-0000')))).toBe(3);
    expect(accepted(await onAll((node, n) => node.requestSms(`010-4300-${1000 + n}`)))).toBe(7);
    expect(accepted(await onAll((node, n) => node.requestSms(`010-${4400 + n}-0000`)))).toBe(5);
    expect(accepted(await onAll((node, n) => node.requestEmail(`shared-${n}@example.com`)))).toBe(10);
    for (const node of nodes.slice(1)) await node.close();
  });

  it('do not count a refused request', async () => {
    await start({ RECIPIENT_HOURLY_LIMIT: '5', IP_HOURLY_LIMIT: '6' });
    await atOnce('mine@example.com');
    expect(accepted([await app.requestEmail('yours@example.com')])).toBe(1);
    expect(limitOf(await app.requestEmail('theirs@example.com'))).toBe('IP_HOURLY');
    clock.advance(7_200);
    expect(
      accepted(await Promise.all([1, 2, 3, 4, 5].map(() => app.requestEmail('theirs@example.com')))),
    ).toBe(5);
  });

  it('count nothing when another limit refuses the request', async () => {
    await start({ IP_HOURLY_LIMIT: '1', RECIPIENT_HOURLY_LIMIT: '1', APP_API_KEYS: APP_KEY });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    const send = (email: string, clientIp?: string) => app.requestEmail(email, { clientIp }, headers);
    expect(accepted([await send('first@example.com', '192.0.2.1')])).toBe(1);
    expect(limitOf(await send('second@example.com', '192.0.2.1'))).toBe('IP_HOURLY');
    expect(accepted([await send('second@example.com', '192.0.2.2')])).toBe(1);
  });

  it('use clientIp of a request with an application key, as the /64 for IPv6, and no address without clientIp', async () => {
    await start({ IP_HOURLY_LIMIT: '1', APP_API_KEYS: APP_KEY });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    const send = (email: string, clientIp?: string) => app.requestEmail(email, { clientIp }, headers);
    expect(accepted([await send('v6-1@example.com', '2001:db8::1')])).toBe(1);
    expect(limitOf(await send('v6-2@example.com', '2001:db8::ffff:1'))).toBe('IP_HOURLY');
    expect(accepted([await send('v6-3@example.com', '2001:db8:0:1::1')])).toBe(1);
    expect(accepted([await send('none-1@example.com'), await send('none-2@example.com')])).toBe(2);
    expect((await app.requestEmail('open@example.com')).errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    const { errors } = await send('bad@example.com', 'not an address');
    expect(errors![0]!.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: [{ path: 'input.clientIp' }],
    });
  });

  it('enforce the daily limit of e-mail for the whole service, including resends, which does not affect SMS', async () => {
    await start({ EMAIL_DAILY_LIMIT: '10', SMS_DAILY_LIMIT: '0' });
    const { id } = (await app.requestEmail('first@example.com')).data.requestEmailCode;
    const resend = () => app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
    expect(accepted([await resend()])).toBe(1);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => app.requestEmail(`mail-${n}@example.com`)),
    );
    expect(accepted(answers)).toBe(8);
    const refused = answers.find(({ errors }) => errors)!;
    expect(refused.errors![0]!.extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'EMAIL_DAILY' });
    expect(refused.errors![0]!.extensions.retryAfterSeconds).toBeGreaterThan(0);
    expect(limitOf(await resend())).toBe('EMAIL_DAILY');
    expect(accepted([await app.requestSms('010-4500-0001')])).toBe(1);
    await app.restart({ EMAIL_DAILY_LIMIT: '0' });
    expect(accepted([await app.requestEmail('free@example.com')])).toBe(1);
  });

  it('count a burst exactly when requests share a statement, also for a row that does not exist yet', async () => {
    await start({ EMAIL_DAILY_LIMIT: '20', IP_HOURLY_LIMIT: '0' });
    const burst = async (name: string, size: number) =>
      accepted(
        await Promise.all(
          Array.from({ length: size }, (_, n) => app.requestEmail(`${name}-${n}@example.com`)),
        ),
      );
    expect(await burst('new', 60)).toBe(20);
    clock.advance(2 * 86_400);
    expect(await burst('part', 7)).toBe(7);
    expect(await burst('rest', 60)).toBe(13);
  });

  it('enforce a limit of the /48 that contains an IPv6 address, at four times the limit of an address', async () => {
    await start({ IP_HOURLY_LIMIT: '2', APP_API_KEYS: APP_KEY });
    const headers = { authorization: `Bearer ${APP_KEY}` };
    let asked = 0;
    const from = (clientIp: string) => app.requestEmail(`net-${asked++}@example.com`, { clientIp }, headers);
    const networks = Array.from({ length: 8 }, (_, n) => `2001:db8:1:${n}::1`);
    expect(accepted(await Promise.all(networks.map(from)))).toBe(8);
    expect(limitOf(await from('2001:db8:1:ff::1'))).toBe('IP_HOURLY');
    expect(accepted([await from('2001:db8:2::1'), await from('2001:db8::1')])).toBe(2);
    expect(accepted([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')])).toBe(2);
    clock.advance(7_200);
    expect(accepted([await from('2001:db8:1:ff::1')])).toBe(1);
  });

  it('count all spellings that a known host delivers to one mailbox as one recipient', async () => {
    await start({ RECIPIENT_HOURLY_LIMIT: '2', RECIPIENT_DAILY_GUESSES: '1' });
    expect(accepted([await app.requestEmail('johndoe@gmail.com')])).toBe(1);
    const { id } = (await app.requestEmail('John.Doe+x@googlemail.com')).data.requestEmailCode;
    for (const spelling of ['j.ohndoe@gmail.com', 'johndoe+y@gmail.com', 'J.O.H.N.D.O.E@gmail.com'])
      expect(limitOf(await app.requestEmail(spelling))).toBe('RECIPIENT_HOURLY');
    expect(accepted([await app.requestEmail('john.doe@example.com')])).toBe(1);
    expect(accepted([await app.requestEmail('johndoe@example.com')])).toBe(1);
    const wrong = TestApp.wrong(await app.codeFor('John.Doe+x@googlemail.com'));
    expect((await app.verify(id, wrong)).data.verifyCode.reason).toBe('WRONG_CODE');
    expect(limitOf(await app.verify(id, wrong))).toBe('RECIPIENT_DAILY_GUESSES');
    clock.advance(3_600);
    expect(limitOf(await app.requestEmail('johndoe@gmail.com'))).toBe('RECIPIENT_DAILY_GUESSES');
  });

  it('return when a code can be sent again, also for another spelling', async () => {
    await start({ RESEND_COOLDOWN_SECONDS: '60' });
    const { id } = (await app.requestEmail('john.doe@gmail.com')).data.requestEmailCode;
    clock.advance(60);
    const later = (await app.requestEmail('johndoe@gmail.com')).data.requestEmailCode;
    expect((await app.verification(id)).resendAvailableAt).toBe(later.resendAvailableAt);
  });

  it('allow a test recipient 100 requests per hour, within the limit of its address', async () => {
    const fixed = { TEST_RECIPIENTS: 'review@example.com=1234,+821000000000=123456' };
    const strict = { RESEND_COOLDOWN_SECONDS: '60', RECIPIENT_DAILY_LIMIT: '3', EMAIL_DAILY_LIMIT: '3' };
    await start({ ...fixed, ...strict, SMS_DAILY_LIMIT: '3' });
    const asks = (count: number) =>
      Promise.all(Array.from({ length: count }, () => app.requestEmail('review@example.com')));
    const first = (await asks(1))[0]!.data.requestEmailCode;
    expect(first.delivery.status).toBe('DELIVERED');
    const resend = () =>
      app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id: first.id });
    expect(accepted([await resend()])).toBe(1);
    const answers = await asks(110);
    expect(accepted(answers)).toBe(98);
    expect(limitOf(answers.find(({ errors }) => errors)!)).toBe('RECIPIENT_HOURLY');
    expect(limitOf(await resend())).toBe('RECIPIENT_HOURLY');
    expect(accepted([await app.requestSms('+821000000000')])).toBe(1);
    expect(accepted([await app.requestEmail('review+real@example.com')])).toBe(1);
    await app.restart({ IP_HOURLY_LIMIT: '5' });
    clock.advance(3_600);
    const limited = await asks(8);
    expect(accepted(limited)).toBe(5);
    expect(limitOf(limited.find(({ errors }) => errors)!)).toBe('IP_HOURLY');
  });

  it('enforce the daily attempts at a fixed code, over all verifications of its recipient', async () => {
    await start({ TEST_RECIPIENTS: 'review@example.com=1234', RECIPIENT_DAILY_GUESSES: '7' });
    const reasons: string[] = [];
    for (let round = 0; round < 4; round++) {
      const { data } = await app.requestEmail('review@example.com');
      for (let attempt = 0; data?.requestEmailCode && attempt < 6; attempt++) {
        const answer = await app.verify(data.requestEmailCode.id, '0000');
        reasons.push(limitOf(answer) ?? answer.data.verifyCode.reason);
      }
    }
    expect(reasons.filter((reason) => reason === 'WRONG_CODE')).toHaveLength(7);
    expect(limitOf(await app.requestEmail('review@example.com'))).toBe('RECIPIENT_DAILY_GUESSES');
  });

  it('are all in the metrics from the start', async () => {
    await start({});
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const known = [...metrics.matchAll(/injeung_rate_limited_total\{limit="(\w+)"\} 0/g)].map(
      ([, name]) => name,
    );
    expect(known.sort()).toEqual([
      'EMAIL_DAILY',
      'IP_HOURLY',
      'RECIPIENT_DAILY',
      'RECIPIENT_DAILY_GUESSES',
      'RECIPIENT_HOURLY',
      'RESEND_COOLDOWN',
      'SMS_DAILY',
      'SMS_PREFIX',
    ]);
  });

  it('are not checked for a channel that is switched off', async () => {
    await start({ SMS_PROVIDER: 'none' });
    expect((await app.requestSms('01012345678')).errors![0]!.extensions.code).toBe('CHANNEL_UNAVAILABLE');
    expect(accepted([await app.requestEmail('open@example.com')])).toBe(1);
  });
});
