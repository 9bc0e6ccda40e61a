import { FakeSes } from '../support/fake-ses';
import { FakeSmtp, SMTP_LOGIN } from '../support/fake-smtp';
import { TestApp } from '../support/test-app';

const encoded = (text: string) => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
const AWS = ['AWS_ENDPOINT_URL_SESV2', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION'];

/** The value that the operator wrote, and the From header that SES and an SMTP server get. */
const SENDERS: [string, string][] = [
  ['a@example.com', 'a@example.com'],
  ['<a@example.com>', 'a@example.com'],
  ['Example <a@example.com>', 'Example <a@example.com>'],
  ['"Ex \\"Q\\" Co" <a@example.com>', '"Ex \\"Q\\" Co" <a@example.com>'],
  ['"Example, Inc." <a@example.com>', '"Example, Inc." <a@example.com>'],
  ["O'Brien & Co. <a@example.com>", `"O'Brien & Co." <a@example.com>`],
  ['인증 센터 <a@example.com>', `${encoded('인증 센터')} <a@example.com>`],
  [`${'인증'.normalize('NFD')} <a@example.com>`, `${encoded('인증')} <a@example.com>`],
  [`${encoded('인증')} <a@example.com>`, `${encoded('인증')} <a@example.com>`],
  [`${encoded('Café')} <a@example.com>`, '=?UTF-8?Q?Caf=C3=A9?= <a@example.com>'],
  [
    `${'가나다라마바사아자차카타파하'.repeat(2)} <a@example.com>`,
    `${encoded('가나다라마바사아자차')} ${encoded('카타파하가나다라마바')} ${encoded('사아자차카타파하')} <a@example.com>`,
  ],
  ['a@인증.example', 'a@xn--lu5b82b.example'],
];

let ses: FakeSes;
let smtp: FakeSmtp;
const before = Object.fromEntries(AWS.map((name) => [name, process.env[name]]));

beforeAll(async () => {
  ses = await FakeSes.start();
  smtp = await new FakeSmtp(SMTP_LOGIN).listen();
  Object.assign(process.env, ses.environment);
});
afterAll(async () => {
  await ses.close();
  await smtp.close();
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

/** Sends one message and returns the From header that the provider got, unfolded. */
async function fromHeader(provider: 'ses' | 'smtp', from: string): Promise<string> {
  const app = await TestApp.start('sqlite', {
    EMAIL_PROVIDER: provider,
    EMAIL_FROM: from,
    SMTP_URL: `smtp://${SMTP_LOGIN.user}:${SMTP_LOGIN.pass}@127.0.0.1:${smtp.port}`,
    SMTP_CA_FILE: 'test/support/tls/cert.pem',
  });
  try {
    const { id } = (await app.requestEmail('user@example.net')).data.requestEmailCode;
    await app.delivered(id, 'SENT');
    if (provider === 'ses') return ses.messages.at(-1)!.from;
    const { line } = smtp.messages.at(-1)!.headerLines.find(({ key }) => key === 'from')!;
    return line.replace(/^From: /, '').replace(/\r?\n(?=[ \t])/g, '');
  } finally {
    await app.close();
  }
}

it.each(SENDERS)(
  'EMAIL_FROM=%j arrives at SES and at an SMTP server as the same header',
  async (from, header) => {
    expect([await fromHeader('ses', from), await fromHeader('smtp', from)]).toEqual([header, header]);
  },
);
