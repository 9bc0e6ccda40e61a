import { generateKeyPairSync } from 'node:crypto';
import { CERT_URL, TOPIC } from '../support/fake-sns';
import { bounce, eventOf, SesWebhook } from '../support/ses-webhook';
import { until } from '../support/until';

// Only SQLite is tested, because none of this depends on the database.

let webhook: SesWebhook;

describe('the webhook for events of SES', () => {
  beforeEach(async () => {
    webhook = await SesWebhook.start('sqlite');
  });
  afterEach(() => webhook.close());

  it.each(['1', '2'])('accepts an event that SNS signed with version %s', async (SignatureVersion) => {
    const { id, mail } = await webhook.sent();
    expect(
      await webhook.post(webhook.sns.notification(eventOf(mail, 'Delivery'), { SignatureVersion })),
    ).toBe(200);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
  });

  it('refuses a message whose subject was changed after it was signed', async () => {
    const { id, mail } = await webhook.sent();
    const message = webhook.sns.notification(eventOf(mail, 'Delivery'), {
      Subject: 'Amazon SES Email Event',
    });
    expect(await webhook.post({ ...message, Subject: 'another' })).toBe(403);
    expect(await webhook.post(message)).toBe(200);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
  });

  it('refuses every message that SNS did not sign for the topic', async () => {
    const { id, mail } = await webhook.sent();
    const good = webhook.sns.notification(eventOf(mail, 'Delivery'));
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const unsigned = { ...good, Signature: undefined };
    const asArrays = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, [value]]));
    const bodies: (object | string)[] = [
      '',
      'x',
      'null',
      '[]',
      asArrays,
      unsigned,
      { ...good, Signature: '' },
      { ...good, Message: eventOf(mail, 'Bounce', bounce('Permanent')) },
      { ...good, SignatureVersion: '1' },
      { ...good, SignatureVersion: '3' },
      { ...good, Type: 'toString' },
      webhook.sns.signed({ Type: 'Notification', Message: eventOf(mail, 'Delivery') }, other),
      webhook.sns.notification(eventOf(mail, 'Delivery'), { TopicArn: `${TOPIC}-2` }),
    ];
    for (const body of bodies) expect([body, await webhook.post(body)]).toEqual([body, 403]);
    expect(await webhook.post(good, { 'content-type': 'application/json' })).toBe(200);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
    expect(await webhook.counted('', 'refused')).toBe(bodies.length);
  });

  it('requests an event again while the certificate cannot be fetched from SNS', async () => {
    await webhook.sns.dispatcher.destroy();
    expect(await webhook.post(webhook.sns.notification('{}'))).toBe(503);
  });

  it('refuses a message whose certificate has expired', async () => {
    expect(await webhook.post(webhook.sns.notification('{}'))).toBe(200);
    webhook.clock.advance(200 * 365 * 86_400);
    expect(await webhook.post(webhook.sns.notification('{}'))).toBe(403);
  });

  it.each([
    ['two hours ago', -7_200_000],
    ['a year ago', -365 * 86_400_000],
    ['in an hour', 3_600_000],
  ])(
    'refuses a genuine message that was published %s, without fetching its certificate',
    async (_when, ms) => {
      const { id, mail } = await webhook.sent();
      const at = (time: number) => new Date(time).toISOString();
      const published = (Timestamp: string) =>
        webhook.sns.notification(eventOf(mail, 'Delivery'), { Timestamp });
      expect(await webhook.post(published(at(webhook.clock.now() + ms)))).toBe(403);
      expect(await webhook.post(published('not a time'))).toBe(403);
      expect(webhook.sns.requests).toEqual([]);
      expect(await webhook.stateOf(id)).toBe('SENT');
      // SNS retries for an hour.
      expect(await webhook.post(published(at(webhook.clock.now() - 3_600_000)))).toBe(200);
      expect(await webhook.stateOf(id)).toBe('DELIVERED');
    },
  );

  it('fetches a certificate once for messages that arrive together', async () => {
    const { mail } = await webhook.sent();
    await Promise.all([webhook.report(mail, 'Send'), webhook.report(mail, 'Send')]);
    await webhook.report(mail, 'Delivery');
    expect(webhook.sns.requests).toHaveLength(1);
  });

  it.each([
    ['is missing', { status: 404 }, 403],
    ['is elsewhere', { status: 302, headers: { location: 'https://example.com/a.pem' } }, 403],
    ['is none', { status: 200, body: 'hello' }, 403],
    ['does not end', { status: 200, body: 'x'.repeat(70_000) }, 403],
    ['cannot be fetched now', { status: 503 }, 503],
  ])(
    'refuses an event when its certificate %s, and fetches it again for the next event',
    async (_what, answer, status) => {
      const { id, mail } = await webhook.sent();
      webhook.sns.answers.push(answer);
      expect(await webhook.report(mail, 'Delivery')).toBe(status);
      expect(await webhook.report(mail, 'Delivery')).toBe(200);
      expect(await webhook.stateOf(id)).toBe('DELIVERED');
    },
  );

  it('keeps a certificate while other callers name addresses that do not exist', async () => {
    const { mail } = await webhook.sent();
    expect(await webhook.report(mail, 'Send')).toBe(200);
    for (let n = 0; n < 20; n++) {
      webhook.sns.answers.push({ status: 403 });
      const SigningCertURL = CERT_URL.replace('.pem', `-${n}.pem`);
      expect(await webhook.post(webhook.sns.notification('{}', { SigningCertURL }))).toBe(403);
    }
    expect(await webhook.report(mail, 'Delivery')).toBe(200);
    expect(webhook.sns.requests).toHaveLength(21);
  });

  it('fetches at most four certificates at once, and still accepts events with a known certificate', async () => {
    const { mail } = await webhook.sent();
    expect(await webhook.report(mail, 'Send')).toBe(200);
    for (let n = 0; n < 4; n++) webhook.sns.answers.push({ status: 200, hang: true });
    const junk = (n: number) =>
      webhook.post(webhook.sns.notification('{}', { SigningCertURL: CERT_URL.replace('.pem', `-${n}.pem`) }));
    const hanging = [0, 1, 2, 3].map(junk);
    await until(() => (webhook.sns.requests.length === 5 ? true : null));
    expect(await junk(4)).toBe(503);
    expect(webhook.sns.requests).toHaveLength(5);
    expect(await webhook.report(mail, 'Delivery')).toBe(200);
    await webhook.sns.dispatcher.destroy();
    expect(await Promise.all(hanging)).toEqual([503, 503, 503, 503]);
  });

  it('confirms its subscription at SNS, and again after SNS failed', async () => {
    const message = webhook.sns.confirmation('SubscriptionConfirmation');
    await webhook.post(webhook.sns.confirmation('UnsubscribeConfirmation'));
    webhook.sns.answers.push({ status: 500 });
    expect([await webhook.post(message), await webhook.post(message)]).toEqual([503, 200]);
    const confirmed = webhook.sns.requests.filter((request) =>
      request.includes('Action=ConfirmSubscription'),
    );
    expect(confirmed).toHaveLength(2);
    expect(confirmed[0]).toContain('sns.ap-northeast-2.amazonaws.com/?Action');
  });

  it('refuses every message when no topic is set, and bodies that are too long', async () => {
    expect(await webhook.post('x'.repeat(600_000))).toBe(413);
    await webhook.app.restart({ SES_TOPIC_ARN: '' });
    expect(await webhook.post(webhook.sns.notification('{}'))).toBe(403);
    expect(await webhook.post(webhook.sns.confirmation('SubscriptionConfirmation'))).toBe(403);
    expect(webhook.sns.requests).toEqual([]);
  });
});

describe('a URL in a message to the webhook of SES', () => {
  beforeAll(async () => {
    webhook = await SesWebhook.start('sqlite');
  });
  beforeEach(() => void (webhook.sns.requests.length = 0));
  afterAll(() => webhook.close());

  it.each([
    'http://sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com.example.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com:8443/a.pem',
    'https://user@sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://example.com/sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://snsxap-northeast-2.amazonaws.com/a.pem',
    'https://bucket.s3.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com/?Action=Publish&x=.pem',
    'https://sns.ap-northeast-2.amazonaws.com/a.txt',
    'file:///etc/ssl/cert.pem',
    'not an address',
    // S3 buckets called `sns`, and hosts of other regions, partitions and services.
    'https://sns.s3.amazonaws.com/a.pem',
    'https://sns.s3-ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.s3.amazonaws.com.cn/a.pem',
    'https://sns.us-east-1.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com.cn/a.pem',
    'https://sns-fips.ap-northeast-2.amazonaws.com/a.pem',
    'https://sqs.ap-northeast-2.amazonaws.com/a.pem',
    // Spellings that URL parsing changes and that SNS does not use.
    'https://SNS.ap-northeast-2.amazonaws.com/a.pem',
    'HTTPS://sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com./a.pem',
    'https://sns.ap-northeast-2.amazonaws.com:443/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com:@example.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com@example.com/a.pem',
    'https://:pass@sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com\\@example.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com\t/a.pem',
    ' https://sns.ap-northeast-2.amazonaws.com/a.pem',
    'https:/sns.ap-northeast-2.amazonaws.com/a.pem',
    'https:\\\\sns.ap-northeast-2.amazonaws.com/a.pem',
    'https://ｓｎｓ.ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws。com/a.pem',
    'https://ѕns.ap-northeast-2.amazonaws.com/a.pem',
    'https://sns%2eap-northeast-2.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com/x/../a.pem',
    'https://sns.ap-northeast-2.amazonaws.com/%2e%2e/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com/a.txt#.pem',
    'https://sns.ap-northeast-2.amazonaws.com/a.pem#x',
    'https://sns.ap-northeast-2.amazonaws.com/a.pem?',
  ])('is not fetched as a certificate: %s', async (SigningCertURL) => {
    expect(await webhook.post(webhook.sns.notification('{}', { SigningCertURL }))).toBe(403);
    expect(webhook.sns.requests).toEqual([]);
  });

  it.each([
    'https://example.com/?Action=ConfirmSubscription',
    'https://sns.s3.amazonaws.com/?Action=ConfirmSubscription',
    'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription',
    'https://sns.ap-northeast-2.amazonaws.com:8443/?Action=ConfirmSubscription',
    'https://user@sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription',
    'http://sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription',
    'http://169.254.169.254/latest/meta-data/',
  ])('is not called to confirm a subscription, although the message is signed: %s', async (SubscribeURL) => {
    expect(await webhook.post(webhook.sns.confirmation('SubscriptionConfirmation', { SubscribeURL }))).toBe(
      403,
    );
    const certificate = CERT_URL.replace('https://', '');
    expect(webhook.sns.requests.filter((request) => request !== certificate)).toEqual([]);
  });
});
