import { DIALECTS } from '../support/databases';
import { FakeSens } from '../support/fake-sens';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const NUMBER = '01020000001';

describe.each(DIALECTS)('a message through SENS whose answer was lost, on %s,', (dialect) => {
  let sens: FakeSens;
  let app: TestApp;

  beforeAll(async () => {
    sens = await FakeSens.start();
    app = await TestApp.start(dialect, { ...sens.environment, RESEND_COOLDOWN_SECONDS: '0' });
  });
  afterAll(async () => {
    await app.close();
    await sens.close();
  });
  beforeEach(() => sens.messages.splice(0));

  const request = async () => (await app.requestSms(NUMBER)).data.requestSmsCode.id as string;
  const resend = (id: string) =>
    app.gql(`mutation ($id: ID!) { resendCode(verificationId: $id) { id } }`, { id });
  /** Waits until every delivery of the verification has ended. */
  const settled = (id: string) =>
    until(async () => {
      const { data } = await app.admin('{ deliveries { edges { node { verificationId status } } } }');
      const own = data.deliveries.edges.filter(({ node }: any) => node.verificationId === id);
      return own.every(({ node }: any) => node.status === 'DELIVERED') ? own : null;
    });

  it('is sent again, without a cooldown, when it was a resend that SENS did not accept', async () => {
    const id = await request();
    await app.delivered(id, 'SENT', 'DELIVERED');
    sens.answerNext({ drop: 'before' });
    await resend(id);
    await app.delivered(id, 'DELIVERED');
    expect(sens.messages).toHaveLength(2);
    expect(new Set(sens.messages.map(({ content }) => content)).size).toBe(1);
  });

  it('is not sent again when it was a resend that SENS accepted', async () => {
    const id = await request();
    await app.delivered(id, 'SENT', 'DELIVERED');
    sens.answerNext({ drop: 'after' });
    await resend(id);
    await app.delivered(id, 'DELIVERED');
    expect(sens.messages).toHaveLength(2);
  });

  it('is sent once when the service has no message yet and answers the list with an empty 404', async () => {
    sens.answerNext({ drop: 'before' });
    await app.delivered(await request(), 'DELIVERED');
    expect(sens.messages).toHaveLength(1);
  });

  it('is resolved without a third message when the answers to the request and to the resend were both lost', async () => {
    sens.answerNext({ drop: 'after' }, { drop: 'after' });
    const id = await request();
    await sens.waitForCalls(1, /^POST/);
    await resend(id);
    expect(await settled(id)).toHaveLength(2);
    expect(sens.messages).toHaveLength(2);
  });
});
