import { DIALECTS } from '../support/databases';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

describe.each(DIALECTS)('the SMS metrics, on %s', (dialect) => {
  it('show what was requested, sent and verified in a block of numbers under attack', async () => {
    const app = await TestApp.start(dialect);
    const metric = async (stage: string, prefix: string) => {
      const text = await (await fetch(`${app.url}/metrics`)).text();
      const name = `injeung_sms_${stage}_total{country="KR",prefix="${prefix}"} `;
      const line = text.split('\n').find((one) => one.startsWith(name));
      return Number(line?.slice(name.length) ?? NaN);
    };
    for (let last = 0; last < 15; last++) {
      const { data } = await app.requestSms(`010-4000-${String(last).padStart(4, '0')}`);
      await app.delivered(data.requestSmsCode.id);
    }
    const { id } = (await app.requestSms('010-7777-1234')).data.requestSmsCode;
    const code = await app.codeFor('010-7777-1234');
    await app.verify(id, code, { idempotencyKey: 'k' });
    await app.verify(id, code, { idempotencyKey: 'k' });
    expect(await metric('requested', '+82104000')).toBe(6);
    expect(await metric('requested', 'other')).toBe(10);
    const sent = await until(async () => {
      const counts = [await metric('sent', '+82104000'), await metric('sent', 'other')];
      return counts[0]! + counts[1]! === 16 ? counts : null;
    });
    expect(sent[0]).toBeGreaterThanOrEqual(5);
    expect(await metric('verified', '+82104000')).toBe(0);
    expect(await metric('verified', 'other')).toBe(1);
    await app.close();
  });
});
