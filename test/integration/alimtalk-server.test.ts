import { TEMPLATE_KO } from '../support/fake-alimtalk';
import { DIALECTS } from '../support/databases';
import { FakeSens } from '../support/fake-sens';
import { FakeSolapi } from '../support/fake-solapi';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const NUMBER = '+821012345678';
const NATIONAL = '01012345678';

describe.each(DIALECTS)('a server with Alimtalk before SENS and SOLAPI, on %s', (dialect) => {
  let sens: FakeSens;
  let solapi: FakeSolapi;
  let app: TestApp;

  beforeEach(async () => {
    sens = await FakeSens.start();
    solapi = await FakeSolapi.start();
    const environment = { ...sens.alimtalkEnvironment, ...solapi.environment };
    app = await TestApp.start(dialect, { ...environment, SMS_PROVIDER: 'sens-alimtalk,sens,solapi' });
  });
  afterEach(async () => {
    await app.close();
    await Promise.all([sens.close(), solapi.close()]);
  });

  const request = async (input: object = {}): Promise<string> => {
    const { data } = await app.requestSms(NUMBER, input);
    return data.requestSmsCode.id as string;
  };

  it('fetches the template at its start and sends the code by Alimtalk, which works', async () => {
    await until(() => (sens.calls.some(({ target }) => target.includes('/templates')) ? true : null));
    const id = await request();
    await app.delivered(id);
    const { content } = sens.alimtalk.messages[0]!;
    expect(content).toMatch(/^\[인증상점\] 인증번호는 \d{6}입니다.\n4분 안에 입력해 주세요.$/);
    const code = /\d{6}/.exec(content)![0];
    expect((await app.verify(id, code)).data.verifyCode).toMatchObject({ verified: true });
    expect([...sens.messages, ...solapi.messages]).toEqual([]);
    expect(app.log.join()).not.toContain(code);
  });

  it.each([
    ['the recipient has no KakaoTalk', () => sens.alimtalk.results.set(NATIONAL, ['3019'])],
    ['the recipient blocks the channel', () => sens.alimtalk.requestResults.set(NATIONAL, ['3020'])],
    ['the template changed at Kakao', () => sens.alimtalk.results.set(NATIONAL, ['3016'])],
  ])('sends the same code by SENS when %s', async (_why, happens) => {
    happens();
    const id = await request();
    await app.delivered(id);
    const codeIn = (text: string) => /\d{6}/.exec(text)![0];
    expect(codeIn(sens.messages[0]!.content)).toBe(codeIn(sens.alimtalk.messages[0]!.content));
  });

  it('sends by SOLAPI when SENS does not answer at all, and logs no code', async () => {
    sens.alimtalk.results.set(NATIONAL, ['3019']);
    sens.answerAlways(({ target }) => (target.includes('/sms/') ? { status: 503 } : null));
    await app.delivered(await request());
    const code = /\d{6}/.exec(solapi.messages[0]!.text)![0];
    expect(app.log.join()).not.toMatch(new RegExp(`${code}|${NATIONAL.slice(1)}`));
  });

  it('sends English messages by SENS, because there is no English template', async () => {
    await app.delivered(await request({ locale: 'en' }));
    expect(sens.alimtalk.messages).toEqual([]);
    expect(sens.messages).toHaveLength(1);
  });
});

it('a server whose template cannot be used says so in one log line and sends by SENS', async () => {
  const sens = await FakeSens.start();
  sens.alimtalk.approve(TEMPLATE_KO, '#{인증번호}', { templateStatus: 'STOP' });
  const app = await TestApp.start('sqlite', {
    ...sens.alimtalkEnvironment,
    SMS_PROVIDER: 'sens-alimtalk,sens',
  });
  for (const last of [1, 2]) {
    const { data } = await app.requestSms(`+8210000000${last}0`);
    await app.delivered(data.requestSmsCode.id as string);
  }
  const about = app.log.filter((line) => line.includes('an Alimtalk template cannot be used'));
  expect(about).toHaveLength(1);
  expect(about[0]).toContain('its status is STOP');
  expect(sens.messages).toHaveLength(2);
  await app.close();
  await sens.close();
});
