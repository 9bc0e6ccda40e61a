import { FakeSes } from '../support/fake-ses';
import { TestApp } from '../support/test-app';

const MESSAGES = 60;

it('SES: SEND_CONCURRENCY messages are sent at once, also more than the 50 connections of its SDK', async () => {
  const ses = await FakeSes.start();
  const { environment } = ses;
  Object.assign(process.env, environment); // The SDK reads the process's own.
  ses.account = { SendQuota: { MaxSendRate: 10_000 }, SendingEnabled: true };
  const app = await TestApp.start('sqlite', {
    EMAIL_PROVIDER: 'ses',
    EMAIL_FROM: 'verify@example.com',
    SEND_CONCURRENCY: String(MESSAGES),
  });
  try {
    ses.answerAlways({ delayMs: 3_600_000 }); // None of them ends while the others are waited for.
    for (let n = 0; n < MESSAGES; n++) await app.requestEmail(`person-${n}@example.com`);
    const calls = await ses.waitForCalls(MESSAGES, /^POST .*outbound-emails$/);
    expect(calls).toHaveLength(MESSAGES);
  } finally {
    await ses.close();
    await app.close();
    for (const name of Object.keys(environment)) delete process.env[name];
  }
});
