import { FakeSes } from '../support/fake-ses';
import { TestApp } from '../support/test-app';

const MESSAGES = 60;

it('SES: SEND_CONCURRENCY messages are sent at once, also when this is more than the 50 connections of its SDK', async () => {
  const ses = await FakeSes.start();
  const { environment } = ses;
  Object.assign(process.env, environment); // The AWS SDK reads the environment of the process.
  ses.account = { SendQuota: { MaxSendRate: 10_000 }, SendingEnabled: true };
  const app = await TestApp.start('sqlite', {
    EMAIL_PROVIDER: 'ses',
    EMAIL_FROM: 'verify@example.com',
    SEND_CONCURRENCY: String(MESSAGES),
  });
  try {
    ses.answerAlways({ delayMs: 3_600_000 }); // No send ends while the test waits for the others.
    for (let n = 0; n < MESSAGES; n++) await app.requestEmail(`person-${n}@example.com`);
    const calls = await ses.waitForCalls(MESSAGES, /^POST .*outbound-emails$/);
    expect(calls).toHaveLength(MESSAGES);
  } finally {
    await ses.close();
    await app.close();
    for (const name of Object.keys(environment)) delete process.env[name];
  }
});
