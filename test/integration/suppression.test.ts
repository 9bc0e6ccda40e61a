import { contents } from '../support/contents';
import { DIALECTS } from '../support/databases';
import { FakeReceiver } from '../support/fake-receiver';
import { RECIPIENT, SesWebhook } from '../support/ses-webhook';
import { ADMIN_KEY } from '../support/test-app';
import { until } from '../support/until';

const PERMANENT = { bounce: { bounceType: 'Permanent', bounceSubType: 'General' } };
const TRANSIENT = { bounce: { bounceType: 'Transient', bounceSubType: 'MailboxFull' } };
const SPELLINGS = ['SomeBody@Example.com', 'somebody@EXAMPLE.COM'];
const OTHER_ADDRESSES = ['somebody+x@example.com', 'some.body@example.com', 'other@example.com'];

describe.each(DIALECTS)('suppression, on %s', (dialect) => {
  let webhook: SesWebhook;
  let receiver: FakeReceiver;

  beforeEach(async () => {
    receiver = await FakeReceiver.start();
    webhook = await SesWebhook.start(dialect, receiver.environment);
  });
  afterEach(async () => {
    await webhook.close();
    await receiver.close();
  });

  const refusalOf = async (email: string) =>
    (await webhook.app.requestEmail(email)).errors?.[0]?.extensions ?? null;
  const SUPPRESSED = { code: 'RECIPIENT_NOT_ALLOWED', reason: 'SUPPRESSED' };
  const list = async (recipient?: string) => {
    const { data, errors } = await webhook.app.admin(
      `query ($recipient: String) { suppressions(recipient: $recipient) {
        edges { node { recipient channel cause reason verificationId createdAt } } } }`,
      { recipient },
    );
    if (errors) throw new Error(JSON.stringify(errors));
    return data.suppressions.edges.map(({ node }: any) => node);
  };
  const suppress = (input: object) =>
    webhook.app.admin(
      `mutation ($input: SuppressRecipientInput!) { suppressRecipient(input: $input) { recipient cause reason } }`,
      { input },
    );
  const unsuppress = (input: object) =>
    webhook.app.admin(
      `mutation ($input: UnsuppressRecipientInput!) { unsuppressRecipient(input: $input) { removed } }`,
      { input },
    );

  it('refuses requests for an address after a permanent bounce, and for no other address', async () => {
    const { id, mail } = await webhook.sent();
    await webhook.report(mail, 'Bounce', PERMANENT);
    for (const spelling of [RECIPIENT, ...SPELLINGS])
      expect(await refusalOf(spelling)).toMatchObject(SUPPRESSED);
    for (const other of OTHER_ADDRESSES) expect(await refusalOf(other)).toBeNull();
    expect(await list()).toMatchObject([
      { recipient: 's***@example.com', channel: 'EMAIL', cause: 'BOUNCE', reason: null, verificationId: id },
    ]);
    expect(await list(SPELLINGS[0])).toHaveLength(1);
    expect(await list(OTHER_ADDRESSES[0])).toEqual([]);
  });

  it('suppresses exactly the spelling that bounced, so that a stranger cannot block a mailbox by a tag', async () => {
    const { id } = (await webhook.app.requestEmail('victim+x@example.com')).data.requestEmailCode;
    await webhook.app.delivered(id, 'SENT');
    await webhook.report(webhook.ses.messages.at(-1)!, 'Bounce', PERMANENT);
    expect(await refusalOf('victim+x@example.com')).toMatchObject(SUPPRESSED);
    expect(await refusalOf('victim@example.com')).toBeNull();
  });

  it.each([
    ['a complaint', [['Complaint', { complaint: {} }]], 'COMPLAINT'],
    ['a delivery and then a complaint', [['Delivery'], ['Complaint', { complaint: {} }]], 'COMPLAINT'],
    ['a bounce and then a delivery', [['Bounce', PERMANENT], ['Delivery']], 'BOUNCE'],
    [
      'a bounce twice',
      [
        ['Bounce', PERMANENT],
        ['Bounce', PERMANENT],
      ],
      'BOUNCE',
    ],
    [
      'a full mailbox and then a bounce',
      [
        ['Bounce', TRANSIENT],
        ['Bounce', PERMANENT],
      ],
      'BOUNCE',
    ],
    ['a full mailbox', [['Bounce', TRANSIENT]], null],
    ['a delay and a delivery', [['DeliveryDelay'], ['Delivery']], null],
    [
      'a report that a mail is not spam',
      [['Complaint', { complaint: { complaintFeedbackType: 'not-spam' } }]],
      null,
    ],
  ] as const)('follows %s', async (_what, events, cause) => {
    const { mail } = await webhook.sent();
    for (const [type, more = {}] of events as unknown as [string, object?][])
      expect(await webhook.report(mail, type, more)).toBe(200);
    expect((await list()).map((one: any) => one.cause)).toEqual(cause === null ? [] : [cause]);
    expect(await refusalOf(RECIPIENT)).toEqual(cause === null ? null : expect.objectContaining(SUPPRESSED));
  });

  it('refuses to send the code of an earlier request again', async () => {
    const { id, mail } = await webhook.sent();
    await webhook.report(mail, 'Bounce', PERMANENT);
    const { errors } = await webhook.app.gql(
      'mutation ($id: ID!) { resendCode(verificationId: $id) { id } }',
      { id },
    );
    expect(errors![0]!.extensions).toMatchObject(SUPPRESSED);
  });

  it('does not send a message that waits, once its recipient is suppressed', async () => {
    webhook.ses.answerAlways({ status: 503 });
    const { id } = (await webhook.app.requestEmail(RECIPIENT)).data.requestEmailCode;
    await suppress({ email: RECIPIENT });
    webhook.ses.answerAlways(null);
    await until(async () => {
      webhook.clock.advance(1);
      return (await webhook.stateOf(id)) === 'FAILED NO_LONGER_NEEDED' || null;
    });
    expect(webhook.ses.messages).toEqual([]);
  });

  it('counts a refused request in no limit', async () => {
    await suppress({ email: RECIPIENT });
    await webhook.app.restart({ RECIPIENT_HOURLY_LIMIT: '1' });
    await refusalOf(RECIPIENT);
    await unsuppress({ email: RECIPIENT });
    expect(await refusalOf(RECIPIENT)).toBeNull();
  });

  it('informs the back end once, whether an event or an operator suppressed the recipient', async () => {
    const { id, mail } = await webhook.sent();
    await webhook.report(mail, 'Bounce', PERMANENT);
    await webhook.report(mail, 'Complaint', { complaint: {} });
    await suppress({ phoneNumber: '010-2345-6789', reason: 'asked by phone' });
    const events = await until(() => {
      const found = receiver.events.filter(({ type }) => type === 'recipient.suppressed');
      return found.length >= 2 ? found : null;
    });
    expect(events.map(({ data }) => data)).toEqual(
      expect.arrayContaining([
        {
          verificationId: id,
          channel: 'EMAIL',
          purpose: 'sign-up',
          recipient: 's***@example.com',
          status: 'SUPPRESSED',
        },
        { channel: 'SMS', recipient: expect.stringMatching(/\*{4}-6789$/), status: 'SUPPRESSED' },
      ]),
    );
    expect(events).toHaveLength(2);
  });

  describe('by an operator', () => {
    it('adds and removes a recipient, and is recorded in the audit log', async () => {
      const { data } = await suppress({ email: SPELLINGS[0], reason: 'asked us to stop' });
      expect(data.suppressRecipient).toEqual({
        recipient: 'S***@example.com',
        cause: 'OPERATOR',
        reason: 'asked us to stop',
      });
      expect(await refusalOf(RECIPIENT)).toMatchObject(SUPPRESSED);
      expect((await unsuppress({ email: RECIPIENT })).data.unsuppressRecipient.removed).toBe(true);
      expect((await unsuppress({ email: RECIPIENT })).data.unsuppressRecipient.removed).toBe(false);
      expect(await refusalOf(RECIPIENT)).toBeNull();
      const { data: log } = await webhook.app.admin('{ auditLog { edges { node { action } } } }');
      const actions = log.auditLog.edges.map(({ node }: any) => node.action);
      expect(actions).toEqual(expect.arrayContaining(['suppressRecipient', 'unsuppressRecipient']));
    });

    it('refuses an input that names no recipient, two recipients or a long reason', async () => {
      const rules = async (input: object) =>
        (await suppress(input)).errors?.[0]?.extensions.fields?.map(
          ({ path, rule }: any) => `${path} ${rule}`,
        );
      expect(await rules({})).toEqual(['input EXACTLY_ONE']);
      expect(await rules({ email: RECIPIENT, phoneNumber: '01023456789' })).toEqual(['input EXACTLY_ONE']);
      expect(await rules({ email: 'nonsense' })).toEqual([expect.stringMatching(/^input\.email /)]);
      expect(await rules({ email: RECIPIENT, reason: 'x'.repeat(201) })).toEqual(['input.reason TOO_LONG']);
    });

    it('requires an admin key', async () => {
      const { errors } = await webhook.app.gql('{ suppressions { edges { node { cause } } } }');
      expect(errors![0]!.extensions.code).toBe('UNAUTHENTICATED');
    });

    it('removes an address from the list of SES too, and keeps it suppressed when SES refuses', async () => {
      webhook.ses.suppressed.add(RECIPIENT);
      await suppress({ email: RECIPIENT });
      webhook.ses.identities.refusals.push({
        status: 403,
        body: { message: 'not allowed' },
        headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      });
      const { errors } = await unsuppress({ email: RECIPIENT });
      expect(errors![0]!.extensions).toMatchObject({ code: 'PROVIDER_ERROR', name: 'AccessDeniedException' });
      expect(await refusalOf(RECIPIENT)).toMatchObject(SUPPRESSED);
      await unsuppress({ email: RECIPIENT });
      expect(webhook.ses.suppressed.has(RECIPIENT)).toBe(false);
      expect(await refusalOf(RECIPIENT)).toBeNull();
    });
  });

  it('pages through the list, newest first', async () => {
    for (let index = 0; index < 5; index++) {
      webhook.clock.advance(1);
      await suppress({ email: `n${index}@example.com`, reason: `${index}` });
    }
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { data }: any = await webhook.app.admin(
        `query ($after: String) { suppressions(first: 2, after: $after) {
          edges { node { reason } } pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      seen.push(...data.suppressions.edges.map(({ node }: any) => node.reason));
      ({ endCursor: after, hasNextPage: more } = data.suppressions.pageInfo);
    }
    expect(seen).toEqual(['4', '3', '2', '1', '0']);
  });

  it('outlives an erasure, and then says no longer who the recipient is', async () => {
    await suppress({ email: RECIPIENT, reason: 'a note' });
    await webhook.app.admin(
      `mutation { eraseRecipient(input: { email: "${SPELLINGS[0]}" }) { verifications } }`,
    );
    expect(await list()).toMatchObject([
      { recipient: null, channel: 'EMAIL', cause: 'OPERATOR', reason: null },
    ]);
    expect(await refusalOf(RECIPIENT)).toMatchObject(SUPPRESSED);
  });

  it('stores no recipient in clear', async () => {
    const { mail } = await webhook.sent();
    await webhook.report(mail, 'Bounce', PERMANENT);
    await suppress({ phoneNumber: '010-2345-6789' });
    await webhook.app.stop();
    const stored = await contents(webhook.app.database.url);
    for (const clear of [RECIPIENT, 'somebody', '1023456789', ADMIN_KEY]) expect(stored).not.toContain(clear);
  });
});
