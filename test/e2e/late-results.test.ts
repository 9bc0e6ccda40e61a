import { DIALECTS } from '../support/databases';
import { NEVER } from '../support/fake-alimtalk';
import { KoreanProviders } from '../support/korean-providers';

describe.each(DIALECTS)('results that come late, twice or never, on %s,', (dialect) => {
  let to: KoreanProviders;
  beforeEach(async () => {
    to = await KoreanProviders.start();
    to.begin();
  });
  afterEach(async () => {
    await to.expectSecrecy();
    await to.close();
  });

  const gatewayAccepted = (messages: number) => async () => to.gateway.messages.length === messages;
  const stateOf = async (id: string) => {
    const { status, failure } = (await to.app.verification(id)).delivery;
    return failure === null ? status : `${status} ${failure}`;
  };
  const deliveryId = () => to.gateway.messages[0]!.deliveryId;
  const report = async (status: string, failure?: string) =>
    (await to.gateway.report(to.app.url, { deliveryId: deliveryId(), status, failure })).status;

  it('a late success of Alimtalk makes the code DELIVERED while SOLAPI has no result', async () => {
    await to.serve(dialect);
    to.results('sens-alimtalk', NEVER);
    to.plan('sens', { status: 401 });
    to.results('solapi', NEVER);
    const id = await to.request();
    await to.follow(id, async () => to.accepted.solapi.length === 1);
    to.results('sens-alimtalk', '0000');
    expect(await to.follow(id, 'DELIVERED')).toEqual(['SENT', 'DELIVERED']);
    expect(await to.way()).toEqual([
      'sens-alimtalk DELIVERED',
      'sens REFUSED SENDER_REFUSED 401',
      'solapi ACCEPTED',
    ]);
  });

  it('a late success of Alimtalk makes the code DELIVERED that SENS could not deliver', async () => {
    await to.serve(dialect);
    to.results('sens-alimtalk', NEVER);
    to.results('sens', '3003');
    const id = await to.request();
    await to.follow(id, 'FAILED');
    expect(await stateOf(id)).toBe('FAILED INVALID_RECIPIENT');
    to.results('sens-alimtalk', '0000');
    await to.follow(id, 'DELIVERED');
    expect(await stateOf(id)).toBe('DELIVERED');
  });

  it('a late failure of Alimtalk changes only its own send', async () => {
    await to.serve(dialect);
    to.results('sens-alimtalk', NEVER);
    const id = await to.request();
    await to.follow(id, 'DELIVERED');
    to.results('sens-alimtalk', '3018');
    await to.follow(id, async () => (await to.way())[0]!.includes('NOT_DELIVERED'));
    expect(await to.way()).toEqual(['sens-alimtalk NOT_DELIVERED INVALID_RECIPIENT 3018', 'sens DELIVERED']);
    expect(await stateOf(id)).toBe('DELIVERED');
    expect(to.codes).toHaveLength(1);
  });

  it('a code without any result stays SENT, and is not queried for ever', async () => {
    await to.serve(dialect, { SMS_PROVIDER: 'sens-alimtalk,solapi' });
    to.results('sens-alimtalk', NEVER);
    to.results('solapi', NEVER);
    const id = await to.request();
    await to.follow(id, async () => to.accepted.solapi.length === 1);
    to.clock.advance(300 + 60);
    expect(await to.follow(id)).toEqual(['SENT']);
    expect(await to.way()).toEqual(['sens-alimtalk ACCEPTED', 'solapi ACCEPTED']);
  });

  it('a code that was used while it moved on is not FAILED, because Alimtalk had accepted it', async () => {
    await to.serve(dialect);
    to.results('sens-alimtalk', NEVER);
    for (const provider of ['sens', 'solapi'] as const)
      to.plan(provider, ...Array.from({ length: 9 }, () => ({ status: 503 })));
    const id = await to.request();
    await to.follow(id, async () => (await to.way()).length === 5);
    expect(await stateOf(id)).toBe('QUEUED');
    await to.app.verify(id, to.codes[0]!);
    await to.follow(id, 'SENT', 'FAILED');
    expect(await stateOf(id)).toBe('SENT');
  });

  it('a code that expired while it moved on is FAILED, with the error of Alimtalk, once Alimtalk reports a failure', async () => {
    await to.serve(dialect, { SMS_CODE_TTL_SECONDS: '70', SMS_PROVIDER: 'sens-alimtalk,sens' });
    to.results('sens-alimtalk', NEVER);
    to.plan('sens', ...Array.from({ length: 60 }, () => ({ status: 503 })));
    const id = await to.request();
    await to.follow(id, async () => to.seconds >= 70);
    expect(await stateOf(id)).toBe('SENT');
    to.results('sens-alimtalk', '3018');
    await to.follow(id, 'FAILED');
    expect(await stateOf(id)).toBe('FAILED INVALID_RECIPIENT');
    const { data } = await to.app.admin('{ deliveries(first: 1) { edges { node { lastError } } } }');
    expect(data.deliveries.edges[0].node.lastError).toMatch(/^sens-alimtalk: 3018/);
  });

  it('a failure that the gateway reports after the late success of Alimtalk changes nothing', async () => {
    await to.serve(dialect, { SMS_PROVIDER: 'sens-alimtalk,http' });
    to.results('sens-alimtalk', NEVER);
    const id = await to.request();
    await to.follow(id, gatewayAccepted(1));
    to.results('sens-alimtalk', '0000');
    await to.follow(id, 'DELIVERED');
    expect(await report('FAILED', 'BLOCKED')).toBe(204);
    expect(await stateOf(id)).toBe('DELIVERED');
    expect(await to.way()).toEqual(['sens-alimtalk DELIVERED', 'http ACCEPTED']);
  });

  it('a failure that the gateway reports again changes nothing, and a late success does', async () => {
    await to.serve(dialect, { SMS_PROVIDER: 'http' });
    const id = await to.request();
    await to.follow(id, gatewayAccepted(1));
    for (const failure of ['UNREACHABLE', 'UNREACHABLE']) {
      expect(await report('FAILED', failure)).toBe(204);
      expect(await stateOf(id)).toBe('FAILED UNREACHABLE');
    }
    expect(await report('DELIVERED')).toBe(204);
    expect(await stateOf(id)).toBe('DELIVERED');
    expect(to.gateway.messages).toHaveLength(1);
  });

  it('a failure that the gateway reports while its call is repeated passes the message on', async () => {
    await to.serve(dialect, { SMS_PROVIDER: 'http,solapi' });
    to.plan('http', { drop: 'after' }, { answerDelayMs: 300 });
    const id = await to.request();
    const followed = to.follow(id, async () => to.gateway.calls.length === 2);
    await to.gateway.waitForCalls(2, /messages/);
    expect(await report('FAILED', 'SENDER_REFUSED')).toBe(204);
    await followed;
    await to.follow(id, 'DELIVERED');
    expect(await to.way()).toEqual([
      expect.stringMatching(/^http UNKNOWN/),
      'http NOT_DELIVERED SENDER_REFUSED FAILED',
      'solapi DELIVERED',
    ]);
  });

  it.each([
    ['http,solapi', 'UNREACHABLE', 'DELIVERED', ['solapi DELIVERED']],
    ['http,solapi', 'INVALID_RECIPIENT', 'FAILED INVALID_RECIPIENT', []],
    ['http', 'UNREACHABLE', 'FAILED UNREACHABLE', []],
  ])(
    'with SMS_PROVIDER=%s a failure %s that the gateway reports after a lost answer ends in %s',
    async (list, failure, end, next) => {
      await to.serve(dialect, { SMS_PROVIDER: list });
      to.plan('http', { drop: 'after' });
      const id = await to.request();
      await to.follow(id, async () => (await to.way()).length === 1);
      expect(await stateOf(id)).toBe('QUEUED');
      expect(await report('FAILED', failure)).toBe(204);
      await to.follow(id, end.split(' ')[0]!);
      expect(await stateOf(id)).toBe(end);
      expect(await to.way()).toEqual([`http NOT_DELIVERED ${failure} FAILED`, ...next]);
      expect(to.gateway.calls).toHaveLength(1);
    },
  );

  it('a resend begins with the next provider, round the list', async () => {
    await to.serve(dialect, { SMS_PROVIDER: 'sens-alimtalk,solapi' });
    to.results('sens-alimtalk', NEVER);
    to.results('solapi', NEVER);
    const id = await to.request();
    await to.follow(id, 'SENT');
    await to.resend(id);
    await to.follow(id, 'SENT');
    expect(await to.way()).toEqual(['solapi ACCEPTED']);
    await to.resend(id);
    await to.follow(id, 'SENT');
    expect(await to.way()).toEqual(['sens-alimtalk ACCEPTED']);
    expect(to.codes).toHaveLength(1);
  });
});
