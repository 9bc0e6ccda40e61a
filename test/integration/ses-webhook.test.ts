import { generateKeyPairSync } from 'node:crypto';
import { DIALECTS } from '../support/databases';
import { FakeSes, type SesMessage } from '../support/fake-ses';
import { CERT_URL, FakeSns, TOPIC } from '../support/fake-sns';
import { ManualClock } from '../support/manual-clock';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const RECIPIENT = 'somebody@example.com';

describe.each(DIALECTS)('the webhook for events of SES, on %s', (dialect) => {
  const environment = { ...process.env };
  let ses: FakeSes;
  let sns: FakeSns;
  let clock: ManualClock;
  let app: TestApp;

  beforeAll(async () => {
    ses = await FakeSes.start();
    // The SDK reads the process's own environment.
    Object.assign(process.env, ses.environment);
  });
  beforeEach(async () => {
    sns = await FakeSns.start();
    clock = new ManualClock(Date.now());
    ses.messages.length = 0;
    app = await TestApp.start(
      dialect,
      { EMAIL_PROVIDER: 'ses', EMAIL_FROM: 'verify@example.com', SES_TOPIC_ARN: TOPIC },
      { clock, snsDispatcher: sns.dispatcher },
    );
  });
  afterEach(async () => {
    await app.close();
    await sns.close();
  });
  afterAll(async () => {
    process.env = environment;
    await ses.close();
  });

  const post = async (body: object | string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${app.url}/webhooks/ses`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return response.status;
  };
  const event = (mail: SesMessage, eventType: string, more: object = {}) => {
    const tags = Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]]));
    return JSON.stringify({
      eventType,
      mail: { messageId: mail.id, destination: [RECIPIENT], tags },
      ...more,
    });
  };
  const bounce = (bounceType: string, bounceSubType = 'General') => ({
    bounce: { bounceType, bounceSubType, bouncedRecipients: [{ emailAddress: RECIPIENT }] },
  });
  const tell = (mail: SesMessage, eventType: string, more: object = {}) =>
    post(sns.notification(event(mail, eventType, more)));
  /** A mail that SES has taken. */
  const sent = async () => {
    const { id } = (await app.requestEmail(RECIPIENT)).data.requestEmailCode;
    await app.delivered(id, 'SENT');
    return { id: id as string, mail: ses.messages.at(-1)! };
  };
  const stateOf = async (id: string) => {
    const { status, failure } = (await app.verification(id)).delivery;
    return failure === null ? status : `${status} ${failure}`;
  };
  const metric = async (labels: string) => {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    return Number(new RegExp(`injeung_ses_events_total\\{${labels}\\} (\\d+)`).exec(text)?.[1] ?? 0);
  };

  it.each(['1', '2'])('believes a message signed by version %s', async (SignatureVersion) => {
    const { id, mail } = await sent();
    expect(await post(sns.notification(event(mail, 'Delivery'), { SignatureVersion }))).toBe(200);
    expect(await stateOf(id)).toBe('DELIVERED');
  });

  it.each([
    ['a delivery', 'Delivery', {}, 'DELIVERED'],
    ['an unknown mailbox', 'Bounce', bounce('Permanent'), 'FAILED INVALID_RECIPIENT'],
    ["SES's suppression list", 'Bounce', bounce('Permanent', 'Suppressed'), 'FAILED BLOCKED'],
    ["the account's list", 'Bounce', bounce('Permanent', 'OnAccountSuppressionList'), 'FAILED BLOCKED'],
    ['a full mailbox', 'Bounce', bounce('Transient', 'MailboxFull'), 'FAILED UNREACHABLE'],
    ['an unclear bounce', 'Bounce', bounce('Undetermined', 'Undetermined'), 'FAILED UNREACHABLE'],
    ['a refused content', 'Reject', { reject: { reason: 'Bad content' } }, 'FAILED SENDER_REFUSED'],
    ['a broken template', 'Rendering Failure', { failure: {} }, 'FAILED SENDER_REFUSED'],
    [
      'a complaint of before',
      'Complaint',
      { complaint: { complaintSubType: 'OnAccountSuppressionList' } },
      'FAILED BLOCKED',
    ],
    ['a complaint', 'Complaint', { complaint: { complaintSubType: null } }, 'SENT'],
    ['a delay', 'DeliveryDelay', { deliveryDelay: {} }, 'SENT'],
    ['the sending', 'Send', { send: {} }, 'SENT'],
    ['something new', 'Levitation', {}, 'SENT'],
  ])('records what became of a mail: %s', async (_what, type, more, state) => {
    const { id, mail } = await sent();
    expect(await tell(mail, type, more)).toBe(200);
    expect(await stateOf(id)).toBe(state);
    const result = state === 'SENT' ? 'ignored' : 'recorded';
    expect(await metric(`type="${type === 'Levitation' ? 'other' : type}",result="${result}"`)).toBe(1);
  });

  it.each([
    [['Permanent', 'Delivery'], 'FAILED INVALID_RECIPIENT'],
    [['Delivery', 'Permanent'], 'FAILED INVALID_RECIPIENT'],
    [['Transient', 'Delivery'], 'DELIVERED'],
    [['Delivery', 'Transient'], 'DELIVERED'],
    [['Transient', 'Permanent'], 'FAILED INVALID_RECIPIENT'],
    [['Permanent', 'Transient'], 'FAILED INVALID_RECIPIENT'],
  ])('comes to the same whatever the order of %s', async (types, state) => {
    const { id, mail } = await sent();
    for (const type of [...types, ...types.slice(0, 1)]) {
      const told = type === 'Delivery' ? tell(mail, type) : tell(mail, 'Bounce', bounce(type));
      expect(await told).toBe(200);
    }
    expect(await stateOf(id)).toBe(state);
  });

  it('changes nothing when a message comes twice', async () => {
    const { id, mail } = await sent();
    const message = sns.notification(event(mail, 'Delivery'));
    expect([await post(message), await post(message)]).toEqual([200, 200]);
    expect(await stateOf(id)).toBe('DELIVERED');
    expect(await metric('type="Delivery",result="recorded"')).toBe(1);
    expect(await metric('type="Delivery",result="unchanged"')).toBe(1);
  });

  it('asks for an event again that comes before the sending is recorded', async () => {
    ses.answerNext({ drop: 'after' });
    const { id } = (await app.requestEmail(RECIPIENT)).data.requestEmailCode;
    const [lost] = await until(() => (ses.messages.length > 0 ? ses.messages : null));
    expect(await tell(lost!, 'Delivery')).toBe(503);
    expect(await stateOf(id)).toBe('QUEUED');
    // The answer was lost, so the mail goes out again, and the second one is what the delivery stands for.
    await until(() => {
      clock.advance(1);
      return ses.messages.length > 1 ? true : null;
    });
    await app.delivered(id, 'SENT');
    expect(await tell(lost!, 'Bounce', bounce('Permanent'))).toBe(200);
    expect(await stateOf(id)).toBe('SENT');
    expect(await tell(ses.messages[1]!, 'Delivery')).toBe(200);
    expect(await stateOf(id)).toBe('DELIVERED');
  });

  it('takes note of mail that is not ours and does nothing', async () => {
    const { id, mail } = await sent();
    expect(await tell({ ...mail, tags: {} }, 'Delivery')).toBe(200);
    expect(await tell({ ...mail, tags: { injeung_delivery: 'unknown' } }, 'Delivery')).toBe(200);
    expect(await tell({ ...mail, id: 'another' }, 'Delivery')).toBe(200);
    expect(await post(sns.notification('Successfully validated SNS topic'))).toBe(200);
    expect(await post(sns.notification('null'))).toBe(200);
    expect(await stateOf(id)).toBe('SENT');
    expect(await metric('type="Delivery",result="unmatched"')).toBe(3);
  });

  it('confirms the subscription at SNS, and again when SNS had trouble', async () => {
    const message = sns.confirmation('SubscriptionConfirmation');
    await post(sns.confirmation('UnsubscribeConfirmation'));
    sns.answers.push({ status: 500 });
    expect([await post(message), await post(message)]).toEqual([503, 200]);
    const confirmed = sns.requests.filter((request) => request.includes('Action=ConfirmSubscription'));
    expect(confirmed).toHaveLength(2);
    expect(confirmed[0]).toContain('sns.ap-northeast-2.amazonaws.com/?Action');
  });

  it('signs over the subject where there is one', async () => {
    const { id, mail } = await sent();
    const message = sns.notification(event(mail, 'Delivery'), { Subject: 'Amazon SES Email Event' });
    expect(await post({ ...message, Subject: 'another' })).toBe(403);
    expect(await post(message)).toBe(200);
    expect(await stateOf(id)).toBe('DELIVERED');
  });

  it('fetches the certificate once', async () => {
    const { mail } = await sent();
    await Promise.all([tell(mail, 'Send'), tell(mail, 'Send')]);
    await tell(mail, 'Delivery');
    expect(sns.requests).toHaveLength(1);
  });

  it('does not believe what is not signed by SNS for the topic', async () => {
    const { id, mail } = await sent();
    const good = sns.notification(event(mail, 'Delivery'));
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
      { ...good, Message: event(mail, 'Bounce', bounce('Permanent')) },
      { ...good, SignatureVersion: '1' },
      { ...good, SignatureVersion: '3' },
      { ...good, Type: 'toString' },
      sns.signed({ Type: 'Notification', Message: event(mail, 'Delivery') }, other),
      sns.notification(event(mail, 'Delivery'), { TopicArn: `${TOPIC}-2` }),
    ];
    for (const body of bodies) expect([body, await post(body)]).toEqual([body, 403]);
    expect(await post(good, { 'content-type': 'application/json' })).toBe(200);
    expect(await stateOf(id)).toBe('DELIVERED');
    expect(await metric('type="",result="refused"')).toBe(bodies.length);
  });

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
    // S3 buckets called `sns`, and the hosts of other regions, partitions and services.
    'https://sns.s3.amazonaws.com/a.pem',
    'https://sns.s3-ap-northeast-2.amazonaws.com/a.pem',
    'https://sns.s3.amazonaws.com.cn/a.pem',
    'https://sns.us-east-1.amazonaws.com/a.pem',
    'https://sns.ap-northeast-2.amazonaws.com.cn/a.pem',
    'https://sns-fips.ap-northeast-2.amazonaws.com/a.pem',
    'https://sqs.ap-northeast-2.amazonaws.com/a.pem',
    // Spellings that URL parsing changes, and that SNS does not use.
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
  ])('fetches no certificate from %s', async (SigningCertURL) => {
    expect(await post(sns.notification('{}', { SigningCertURL }))).toBe(403);
    expect(sns.requests).toEqual([]);
  });

  it.each([
    'https://example.com/?Action=ConfirmSubscription',
    'https://sns.s3.amazonaws.com/?Action=ConfirmSubscription',
    'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription',
    'https://sns.ap-northeast-2.amazonaws.com:8443/?Action=ConfirmSubscription',
    'https://user@sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription',
    'http://sns.ap-northeast-2.amazonaws.com/?Action=ConfirmSubscription',
    'http://169.254.169.254/latest/meta-data/',
  ])('confirms nothing at %s, even when that is signed', async (SubscribeURL) => {
    expect(await post(sns.confirmation('SubscriptionConfirmation', { SubscribeURL }))).toBe(403);
    expect(sns.requests).toEqual([CERT_URL.replace('https://', '')]);
  });

  it.each([
    ['is missing', { status: 404 }, 403],
    ['is elsewhere', { status: 302, headers: { location: 'https://example.com/a.pem' } }, 403],
    ['is none', { status: 200, body: 'hello' }, 403],
    ['does not end', { status: 200, body: 'x'.repeat(70_000) }, 403],
    ['cannot be fetched now', { status: 503 }, 503],
  ])('refuses when the certificate %s, and asks again the next time', async (_what, answer, status) => {
    const { id, mail } = await sent();
    sns.answers.push(answer);
    expect(await tell(mail, 'Delivery')).toBe(status);
    expect(await tell(mail, 'Delivery')).toBe(200);
    expect(await stateOf(id)).toBe('DELIVERED');
  });

  it('asks for an event again while SNS cannot be reached', async () => {
    await sns.dispatcher.destroy();
    expect(await post(sns.notification('{}'))).toBe(503);
  });

  it('does not believe a certificate that has ended', async () => {
    expect(await post(sns.notification('{}'))).toBe(200);
    clock.advance(200 * 365 * 86_400);
    expect(await post(sns.notification('{}'))).toBe(403);
  });

  it.each([
    ['two hours ago', -7_200_000],
    ['a year ago', -365 * 86_400_000],
    ['in an hour', 3_600_000],
  ])(
    'refuses a genuine message that was published %s, without fetching its certificate',
    async (_when, ms) => {
      const { id, mail } = await sent();
      const at = (time: number) => new Date(time).toISOString();
      const published = (Timestamp: string) => sns.notification(event(mail, 'Delivery'), { Timestamp });
      expect(await post(published(at(clock.now() + ms)))).toBe(403);
      expect(await post(published('not a time'))).toBe(403);
      expect(sns.requests).toEqual([]);
      expect(await stateOf(id)).toBe('SENT');
      // SNS retries for an hour.
      expect(await post(published(at(clock.now() - 3_600_000)))).toBe(200);
      expect(await stateOf(id)).toBe('DELIVERED');
    },
  );

  it('keeps the certificate while strangers name addresses that do not exist', async () => {
    const { mail } = await sent();
    expect(await tell(mail, 'Send')).toBe(200);
    for (let n = 0; n < 20; n++) {
      sns.answers.push({ status: 403 });
      const SigningCertURL = CERT_URL.replace('.pem', `-${n}.pem`);
      expect(await post(sns.notification('{}', { SigningCertURL }))).toBe(403);
    }
    expect(await tell(mail, 'Delivery')).toBe(200);
    expect(sns.requests).toHaveLength(21);
  });

  it('fetches at most four certificates at once, and needs none for a known one', async () => {
    const { mail } = await sent();
    expect(await tell(mail, 'Send')).toBe(200);
    for (let n = 0; n < 4; n++) sns.answers.push({ status: 200, hang: true });
    const junk = (n: number) =>
      post(sns.notification('{}', { SigningCertURL: CERT_URL.replace('.pem', `-${n}.pem`) }));
    const hanging = [0, 1, 2, 3].map(junk);
    await until(() => (sns.requests.length === 5 ? true : null));
    expect(await junk(4)).toBe(503);
    expect(sns.requests).toHaveLength(5);
    expect(await tell(mail, 'Delivery')).toBe(200);
    await sns.dispatcher.destroy();
    expect(await Promise.all(hanging)).toEqual([503, 503, 503, 503]);
  });

  it('refuses everything without a topic, and bodies that are too long', async () => {
    expect(await post('x'.repeat(600_000))).toBe(413);
    await app.restart({ SES_TOPIC_ARN: '' });
    expect(await post(sns.notification('{}'))).toBe(403);
    expect(await post(sns.confirmation('SubscriptionConfirmation'))).toBe(403);
    expect(sns.requests).toEqual([]);
  });

  it('keeps the people in events out of the log and the delivery log', async () => {
    const { mail } = await sent();
    const diagnosticCode = `smtp; 550 5.1.1 <${RECIPIENT}> unknown`;
    await tell(mail, 'Bounce', {
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: RECIPIENT,
        bouncedRecipients: [{ emailAddress: RECIPIENT, diagnosticCode }],
      },
    });
    const { data } = await app.admin('{ deliveries { edges { node { status lastError } } } }');
    expect(data.deliveries.edges[0].node).toEqual({ status: 'FAILED', lastError: 'ses: Bounce: Permanent' });
    expect(app.log.join()).toContain('mail event');
    expect(app.log.join()).not.toContain('somebody');
  });
});
