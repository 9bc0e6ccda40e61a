import { DIALECTS } from '../support/databases';
import { NEVER, TEMPLATE_KO } from '../support/fake-alimtalk';
import { KoreanProviders, type ProviderName } from '../support/korean-providers';

type Plan = (to: KoreanProviders) => void;
const refuse =
  (provider: ProviderName, status: number, body?: object, headers?: Record<string, string>): Plan =>
  (to) =>
    to.plan(provider, { status, body, headers });
const result =
  (provider: Exclude<ProviderName, 'http'>, ...codes: string[]): Plan =>
  (to) =>
    to.results(provider, ...codes);
const register =
  (code: string): Plan =>
  (to) =>
    void to.solapi.registrations.set(to.number, [code]);

/** Why an Alimtalk does not arrive, and how the send is shown. SENS sends the message then. */
const ALIMTALK: [string, Plan, string][] = [
  ['the number has no KakaoTalk', result('sens-alimtalk', '3018'), 'NOT_DELIVERED INVALID_RECIPIENT 3018'],
  ['the recipient blocks the channel', result('sens-alimtalk', '3020'), 'NOT_DELIVERED BLOCKED 3020'],
  ['Kakao finds a mismatch', result('sens-alimtalk', '3016'), 'NOT_DELIVERED SENDER_REFUSED 3016'],
  ['Kakao has an error', result('sens-alimtalk', '3006'), 'NOT_DELIVERED UNREACHABLE 3006'],
  [
    'SENS refuses the number at once',
    (to) => void to.sens.alimtalk.requestResults.set(to.number, ['3019']),
    'REFUSED INVALID_RECIPIENT 3019',
  ],
  ['SENS refuses the keys (401)', refuse('sens-alimtalk', 401), 'REFUSED SENDER_REFUSED 401'],
  ['SENS has an error (500)', refuse('sens-alimtalk', 500), 'TEMPORARY_ERROR 500'],
];

/** Why an SMS of SENS does not arrive. SOLAPI sends the message then. */
const SENS: [string, Plan, string][] = [
  ['refuses the keys (401)', refuse('sens', 401), 'REFUSED SENDER_REFUSED 401'],
  ['has an error (500)', refuse('sens', 500), 'TEMPORARY_ERROR 500'],
  ['is overloaded (503)', refuse('sens', 503), 'TEMPORARY_ERROR 503'],
  ['does not know the sender (3018)', result('sens', '3018'), 'NOT_DELIVERED SENDER_REFUSED 3018'],
  ['filters the text (3012)', result('sens', '3012'), 'NOT_DELIVERED SENDER_REFUSED 3012'],
  ['finds the line suspended (3004)', result('sens', '3004'), 'NOT_DELIVERED UNREACHABLE 3004'],
  ['finds the handset off (2000)', result('sens', '2000'), 'NOT_DELIVERED UNREACHABLE 2000'],
];

/** Why an SMS of SOLAPI does not arrive. The gateway sends the message then. */
const SOLAPI: [string, Plan, string][] = [
  ['refuses the keys (403)', refuse('solapi', 403), 'REFUSED SENDER_REFUSED 403'],
  ['has no balance left (402)', refuse('solapi', 402), 'REFUSED SENDER_REFUSED 402'],
  ['is overloaded (503)', refuse('solapi', 503), 'TEMPORARY_ERROR 503'],
  ['does not register the message', register('1062'), 'REFUSED SENDER_REFUSED 1062'],
  ['finds the sender refused (3058)', result('solapi', '3058'), 'NOT_DELIVERED SENDER_REFUSED 3058'],
  ['finds the handset off (3012)', result('solapi', '3012'), 'NOT_DELIVERED UNREACHABLE 3012'],
];

/** What is wrong with the recipient, after which no provider sends any more. */
const RECIPIENT: [string, Plan, string][] = [
  ['SENS reports a wrong number (3003)', result('sens', '3003'), 'sens NOT_DELIVERED INVALID_RECIPIENT 3003'],
  ['SENS reports a refusal (3006)', result('sens', '3006'), 'sens NOT_DELIVERED BLOCKED 3006'],
  [
    'SENS refuses the number (400)',
    refuse('sens', 400, { status: 400, errorMessage: 'messages[0].to is invalid' }),
    'sens REFUSED INVALID_RECIPIENT 400',
  ],
];

const ALL: ProviderName[] = ['sens-alimtalk', 'sens', 'solapi', 'http'];
const NO_KAKAOTALK = 'sens-alimtalk NOT_DELIVERED INVALID_RECIPIENT 3018';
const SENS_REFUSED = 'sens REFUSED SENDER_REFUSED 401';

let to: KoreanProviders;

/** Sends a code, and checks what the front end, the operator and the recipient see. */
async function expectWay(way: string[], input: object = {}): Promise<void> {
  const last = way.at(-1)!;
  const end = / DELIVERED$/.test(last) ? 'DELIVERED' : / ACCEPTED$/.test(last) ? 'SENT' : 'FAILED';
  const id = await to.request(input);
  const accepted = async () => (await to.way()).length === way.length;
  const statuses = await to.follow(id, end === 'SENT' ? accepted : end);
  expect(statuses.at(-1)).toBe(end);
  for (const status of statuses.slice(0, -1)) expect(['QUEUED', 'SENT']).toContain(status);
  expect(await to.way()).toEqual(way);
  if (end === 'FAILED') return;
  expect(to.codes).toHaveLength(1);
  expect((await to.app.verify(id, to.codes[0]!)).data.verifyCode.verified).toBe(true);
}

/** Makes all providers before one refuse the sender. @returns how that is shown. */
function refuseBefore(provider: ProviderName): string[] {
  const before = ALL.slice(0, ALL.indexOf(provider));
  for (const name of before) to.plan(name, { status: 401 });
  return before.map((name) => `${name} REFUSED SENDER_REFUSED 401`);
}
/** How an arrival is shown. The gateway sends no receipts in these tests. */
const arrivedBy = (provider: ProviderName) => `${provider} ${provider === 'http' ? 'ACCEPTED' : 'DELIVERED'}`;

describe.each(DIALECTS)('a code by Alimtalk, SENS, SOLAPI and a gateway, on %s,', (dialect) => {
  beforeAll(async () => {
    to = await KoreanProviders.start();
    await to.serve(dialect, { SMS_PROVIDER: ALL.join() });
  });
  beforeEach(() => to.begin());
  afterAll(async () => {
    await to.expectSecrecy();
    await to.close();
  });

  it('arrives by Alimtalk alone', () => expectWay(['sens-alimtalk DELIVERED']));

  it.each(ALIMTALK)('goes to SENS at once when %s', async (_what, plan, shown) => {
    plan(to);
    await expectWay([`sens-alimtalk ${shown}`, 'sens DELIVERED']);
    expect(to.seconds).toBeLessThan(2);
  });

  it.each(SENS)('goes from Alimtalk to SENS and to SOLAPI when SENS %s', async (_what, plan, shown) => {
    to.results('sens-alimtalk', '3018');
    plan(to);
    await expectWay([NO_KAKAOTALK, `sens ${shown}`, 'solapi DELIVERED']);
    expect(to.seconds).toBeLessThan(2);
  });

  it.each(SOLAPI)('goes to the gateway when SENS fails and SOLAPI %s', async (_what, plan, shown) => {
    to.results('sens-alimtalk', '3018');
    to.plan('sens', { status: 401 });
    plan(to);
    await expectWay([NO_KAKAOTALK, SENS_REFUSED, `solapi ${shown}`, 'http ACCEPTED']);
    expect(to.seconds).toBeLessThan(2);
  });

  it.each(RECIPIENT)('ends when %s', async (_what, plan, shown) => {
    to.results('sens-alimtalk', '3018');
    plan(to);
    await expectWay([NO_KAKAOTALK, shown]);
  });

  it.each(ALL)('arrives once by %s when the answer of the send is lost', async (provider) => {
    const before = refuseBefore(provider);
    to.plan(provider, { drop: 'after' });
    await expectWay([...before, `${provider} UNKNOWN UND_ERR_SOCKET`, arrivedBy(provider)]);
    expect(to.accepted[provider]).toHaveLength(1);
  });

  it.each(ALL)('is sent by %s again when the connection broke before the message', async (provider) => {
    const before = refuseBefore(provider);
    to.plan(provider, { drop: 'before' });
    await expectWay([...before, `${provider} UNKNOWN UND_ERR_SOCKET`, arrivedBy(provider)]);
    expect(to.accepted[provider]).toHaveLength(1);
  });

  it.each([
    ['sens-alimtalk', 'sens'],
    ['sens', 'solapi'],
    ['solapi', 'http'],
  ] as const)('goes on from %s to %s when the answer and the look-ups are lost', async (provider, next) => {
    const before = refuseBefore(provider);
    to.plan(provider, { drop: 'after' });
    to.refuseReads(provider);
    const unknown = `${provider} UNKNOWN`;
    await expectWay([...before, `${unknown} UND_ERR_SOCKET`, unknown, unknown, arrivedBy(next)]);
    expect(to.accepted[provider]).toHaveLength(1);
  });

  it('goes to SENS at once when its language has no template', async () => {
    await expectWay(['sens-alimtalk SKIPPED', 'sens DELIVERED'], { locale: 'en' });
    expect(to.accepted['sens-alimtalk']).toEqual([]);
    expect(to.seconds).toBeLessThan(2);
  });

  it('goes to SENS after ALIMTALK_WAIT_SECONDS when Alimtalk has no result', async () => {
    to.results('sens-alimtalk', NEVER);
    await expectWay(['sens-alimtalk ACCEPTED', 'sens DELIVERED']);
    expect(to.seconds).toBeGreaterThanOrEqual(10);
    expect(to.seconds).toBeLessThan(12);
  });

  it('goes round the list while every provider has a temporary error', async () => {
    for (const provider of ALL) to.plan(provider, { status: 503 }, { status: 503 });
    const round = ALL.map((name) => `${name} TEMPORARY_ERROR 503`);
    await expectWay([...round, ...round, 'sens-alimtalk DELIVERED']);
  });

  it('expires when every provider has a temporary error until its end', async () => {
    const busy = Array.from({ length: 60 }, () => ({ status: 503 }));
    for (const provider of ALL) to.plan(provider, ...busy);
    const id = await to.request();
    expect(await to.follow(id, 'FAILED')).toEqual(['QUEUED', 'FAILED']);
    expect((await to.app.verification(id)).delivery.failure).toBe('EXPIRED');
    expect([to.seconds, to.codes]).toEqual([300, []]);
  });
});

describe.each(DIALECTS)('a code by Alimtalk, SENS and SOLAPI, on %s,', (dialect) => {
  beforeEach(async () => {
    to = await KoreanProviders.start();
    to.begin();
  });
  afterEach(async () => {
    await to.expectSecrecy();
    await to.close();
  });

  it('goes to SENS while its template is not approved', async () => {
    to.sens.alimtalk.approve(TEMPLATE_KO, '#{code}', { templateInspectionStatus: 'REQUEST' });
    await to.serve(dialect);
    await expectWay(['sens-alimtalk SKIPPED', 'sens DELIVERED']);
  });

  it('goes to SENS when Kakao has changed its template', async () => {
    await to.serve(dialect);
    to.sens.alimtalk.approve(TEMPLATE_KO, 'another text: #{code}');
    await expectWay(['sens-alimtalk NOT_DELIVERED SENDER_REFUSED 3016', 'sens DELIVERED']);
  });

  it('goes to SENS with less than a minute left', async () => {
    await to.serve(dialect, { SMS_CODE_TTL_SECONDS: '59' });
    await expectWay(['sens-alimtalk SKIPPED', 'sens DELIVERED']);
  });

  it.each(['sens-alimtalk', 'sens', 'solapi'] as const)(
    'passes by %s, and the next codes too, while it asks for a pause (429)',
    async (provider) => {
      await to.serve(dialect, { SMS_PROVIDER: ALL.join() });
      const before = refuseBefore(provider);
      to.plan(provider, { status: 429, headers: { 'retry-after': '60' } });
      const next = arrivedBy(ALL[ALL.indexOf(provider) + 1]!);
      await expectWay([...before, `${provider} TEMPORARY_ERROR 429`, next]);
      to.begin();
      refuseBefore(provider);
      await expectWay([...before, next]);
    },
  );

  it('counts as one message in the limits however many providers send it', async () => {
    await to.serve(dialect, { RECIPIENT_HOURLY_LIMIT: '2' });
    for (let message = 0; message < 2; message++) {
      to.results('sens-alimtalk', '3018');
      to.results('sens', '3018');
      await to.follow(await to.request(), 'DELIVERED');
      expect((await to.way()).length).toBe(3);
    }
    const { errors } = await to.app.requestSms(to.number);
    expect(errors![0]!.extensions).toMatchObject({ code: 'RATE_LIMITED', limit: 'RECIPIENT_HOURLY' });
  });
});
