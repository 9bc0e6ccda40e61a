import { DIALECTS } from '../support/databases';
import { bounce, eventOf, RECIPIENT, SesWebhook } from '../support/ses-webhook';
import { until } from '../support/until';

let recipients = 0;
/** A bounce suppresses its recipient, so each test has another one. */
const newRecipient = () => `somebody-${++recipients}@example.com`;

describe.each(DIALECTS)('an event of SES, on %s', (dialect) => {
  let webhook: SesWebhook;

  beforeAll(async () => {
    webhook = await SesWebhook.start(dialect);
  });
  beforeEach(() => void (webhook.ses.messages.length = 0));
  afterAll(() => webhook.close());

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
  ])('is recorded as the outcome of the delivery: %s', async (_what, type, more, state) => {
    const { id, mail } = await webhook.sent(newRecipient());
    const counted = () =>
      webhook.counted(type === 'Levitation' ? 'other' : type, state === 'SENT' ? 'ignored' : 'recorded');
    const before = await counted();
    expect(await webhook.report(mail, type, more)).toBe(200);
    expect(await webhook.stateOf(id)).toBe(state);
    expect(await counted()).toBe(before + 1);
  });

  it.each([
    [['Permanent', 'Delivery'], 'FAILED INVALID_RECIPIENT'],
    [['Delivery', 'Permanent'], 'FAILED INVALID_RECIPIENT'],
    [['Transient', 'Delivery'], 'DELIVERED'],
    [['Delivery', 'Transient'], 'DELIVERED'],
    [['Transient', 'Permanent'], 'FAILED INVALID_RECIPIENT'],
    [['Permanent', 'Transient'], 'FAILED INVALID_RECIPIENT'],
  ])('leads to the same outcome in whichever order %s arrive', async (types, state) => {
    const { id, mail } = await webhook.sent(newRecipient());
    for (const type of [...types, ...types.slice(0, 1)]) {
      const recorded =
        type === 'Delivery' ? webhook.report(mail, type) : webhook.report(mail, 'Bounce', bounce(type));
      expect(await recorded).toBe(200);
    }
    expect(await webhook.stateOf(id)).toBe(state);
  });

  it('changes nothing when it arrives again', async () => {
    const { id, mail } = await webhook.sent(newRecipient());
    const message = webhook.sns.notification(eventOf(mail, 'Delivery'));
    const recorded = await webhook.counted('Delivery', 'recorded');
    const unchanged = await webhook.counted('Delivery', 'unchanged');
    expect([await webhook.post(message), await webhook.post(message)]).toEqual([200, 200]);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
    expect(await webhook.counted('Delivery', 'recorded')).toBe(recorded + 1);
    expect(await webhook.counted('Delivery', 'unchanged')).toBe(unchanged + 1);
  });

  it('is requested again while the outcome of its send is not recorded', async () => {
    webhook.ses.answerNext({ answerDelayMs: 500 });
    const { id } = (await webhook.app.requestEmail(newRecipient())).data.requestEmailCode;
    const mail = await until(() => webhook.ses.messages.at(-1) ?? null);
    expect(await webhook.report(mail, 'Delivery')).toBe(503);
    expect(await webhook.stateOf(id)).toBe('QUEUED');
    await webhook.app.delivered(id, 'SENT');
    expect(await webhook.report(mail, 'Delivery')).toBe(200);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
  });

  it('proves that a mail arrived whose answer was lost, so that the mail is not sent again', async () => {
    webhook.ses.answerNext({ drop: 'after' });
    const { id } = (await webhook.app.requestEmail(newRecipient())).data.requestEmailCode;
    const lost = await until(() => webhook.ses.messages.at(-1) ?? null);
    await until(async () => ((await webhook.report(lost, 'Delivery')) === 200 ? true : null));
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
    const sent = webhook.ses.messages.length;
    for (let second = 0; second < 30; second++) {
      webhook.clock.advance(1);
      await webhook.app.verification(id);
    }
    expect(webhook.ses.messages).toHaveLength(sent);
    expect(await webhook.stateOf(id)).toBe('DELIVERED');
  });

  it('changes nothing and is counted when the mail is not ours', async () => {
    const { id, mail } = await webhook.sent(newRecipient());
    const unmatched = await webhook.counted('Delivery', 'unmatched');
    expect(await webhook.report({ ...mail, tags: {} }, 'Delivery')).toBe(200);
    expect(await webhook.report({ ...mail, tags: { injeung_delivery: 'unknown' } }, 'Delivery')).toBe(200);
    expect(await webhook.report({ ...mail, id: 'another' }, 'Delivery')).toBe(200);
    expect(await webhook.post(webhook.sns.notification('Successfully validated SNS topic'))).toBe(200);
    expect(await webhook.post(webhook.sns.notification('null'))).toBe(200);
    expect(await webhook.stateOf(id)).toBe('SENT');
    expect(await webhook.counted('Delivery', 'unmatched')).toBe(unmatched + 3);
  });

  it.each([
    ['a bounce', 'Bounce', (timestamp: string) => ({ bounce: { bounceType: 'Permanent', timestamp } })],
    ['a complaint', 'Complaint', (timestamp: string) => ({ complaint: { timestamp } })],
  ])(
    'does not suppress again, when it is repeated, a recipient that an operator has unsuppressed since: %s',
    async (_what, type, more) => {
      const recipient = newRecipient();
      const { mail } = await webhook.sent(recipient);
      const at = () => new Date(webhook.clock.now()).toISOString();
      const reasonOfRefusal = async () =>
        (await webhook.app.requestEmail(recipient)).errors?.[0]?.extensions.reason ?? null;
      const first = more(at());
      await webhook.report(mail, type, first);
      expect(await reasonOfRefusal()).toBe('SUPPRESSED');
      webhook.clock.advance(60);
      const input = `{ email: "${recipient}" }`;
      await webhook.app.admin(`mutation { unsuppressRecipient(input: ${input}) { removed } }`);
      webhook.clock.advance(60);
      expect(await webhook.report(mail, type, first)).toBe(200);
      expect(await reasonOfRefusal()).toBeNull();
      await webhook.report(mail, type, more(at()));
      expect(await reasonOfRefusal()).toBe('SUPPRESSED');
    },
  );

  it('has recipients that appear neither in the log nor in the delivery log', async () => {
    const { id, mail } = await webhook.sent(newRecipient());
    const diagnosticCode = `smtp; 550 5.1.1 <${RECIPIENT}> unknown`;
    await webhook.report(mail, 'Bounce', {
      bounce: {
        bounceType: 'Permanent',
        bounceSubType: RECIPIENT,
        bouncedRecipients: [{ emailAddress: RECIPIENT, diagnosticCode }],
      },
    });
    const document = '{ deliveries { edges { node { verificationId status lastError } } } }';
    const { data } = await webhook.app.admin(document);
    const nodes = data.deliveries.edges.map(({ node }: { node: object }) => node);
    const lastError = 'ses: Bounce: Permanent';
    expect(nodes).toContainEqual({ verificationId: id, status: 'FAILED', lastError });
    expect(webhook.app.log.join()).toContain('mail event');
    expect(webhook.app.log.join()).not.toContain('somebody');
  });
});
