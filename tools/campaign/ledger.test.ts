import { type DatabaseView, type DeliveryRow, type VerificationRow } from './database-view';
import { Journal, type MessageRecord, type UserRecord } from './journal';
import { settle } from './ledger';

const T = 1_000_000;

/** A campaign of one user in which everything succeeded. Each test changes one thing. */
class Story {
  readonly journal = new Journal();
  readonly user: UserRecord = {
    number: 1,
    channel: 'EMAIL',
    to: 'one@example.com',
    ids: new Set(['v1']),
    answeredAt: T,
    resendsAnswered: 0,
    wrongAnswers: [4],
    attemptsUnanswered: 0,
    winsUnanswered: 0,
    wins: new Set(['key']),
    gaveUp: false,
  };
  readonly message: MessageRecord = {
    channel: 'EMAIL',
    node: 'node-1',
    to: 'one@example.com',
    code: '123456',
    deliveryId: 'd1',
    verificationId: 'v1',
    providerMessageId: 'm1',
    arrivedAt: T + 10,
    takenAt: T + 30,
    answerLost: false,
  };
  readonly verification: VerificationRow = { id: 'v1', status: 'VERIFIED', attempts_remaining: 3 };
  readonly delivery: DeliveryRow = {
    id: 'd1',
    verification_id: 'v1',
    channel: 'EMAIL',
    status: 'SENT',
    failure: null,
    provider_message_id: 'm1',
    due_at: null,
    lease_owner: null,
    last_error: null,
  };
  verifications = [this.verification];
  deliveries = [this.delivery];

  constructor() {
    this.journal.users.push(this.user);
    this.journal.messages.push(this.message);
  }

  sentAgain(): MessageRecord {
    const copy = { ...this.message, node: 'node-2', arrivedAt: T + 31_000, takenAt: T + 31_020 };
    this.journal.messages.push(copy);
    return copy;
  }

  async breaches(): Promise<string[]> {
    const view = {
      query: async (sql: string) =>
        sql.includes('FROM verification') ? this.verifications : this.deliveries,
    };
    const { entries } = await settle(this.journal, view as unknown as DatabaseView);
    return entries.filter(({ breaches }) => breaches && breaches.length > 0).map(({ title }) => title.trim());
  }
}

it('the ledger reports no breach of a run in which every rule held', async () => {
  expect(await new Story().breaches()).toEqual([]);
});

const SPOILED: [breach: string, spoil: (story: Story) => void][] = [
  ['messages lost', (story) => (story.journal.messages.length = 0)],
  ['messages lost', (story) => (story.user.resendsAnswered = 1)],
  ['messages sent without a row', (story) => (story.sentAgain().deliveryId = 'd2')],
  ['requests repeated that made a second verification', (story) => story.user.ids.add('v2')],
  ['verifications won twice', (story) => story.user.wins.add('another key')],
  ['limits of wrong attempts exceeded', (story) => story.user.wrongAnswers.push(4)],
  ['answered attempts that are not stored', (story) => (story.verification.status = 'PENDING')],
  ['answered attempts that are not stored', (story) => (story.verification.attempts_remaining = 4)],
  ['answered attempts that are not stored', (story) => story.user.wins.clear()],
  ['without explanation', (story) => story.sentAgain()],
  ['deliveries stuck in the queue', (story) => (story.delivery.due_at = T)],
  [
    'calls answered with an internal error',
    ({ journal }) =>
      journal.calls.push({ at: T, ms: 1, operation: 'x', node: 'node-1', end: 'internal', detail: null }),
  ],
];

it.each(SPOILED)('the ledger reports %s', async (...[breach, spoil]) => {
  const story = new Story();
  spoil(story);
  expect(await story.breaches()).toContain(breach);
});

it('the ledger reports a second code for one verification', async () => {
  const story = new Story();
  Object.assign(story.sentAgain(), { code: '654321' });
  expect(await story.breaches()).toContain('verifications with two codes');
});

it('the ledger accepts a second copy when its answer was lost, or its sender was killed or stopped while it sent', async () => {
  const explained: ((story: Story) => void)[] = [
    (story) => (story.message.answerLost = true),
    (story) => (story.delivery.last_error = 'ses: TimeoutError: SES did not answer'),
    ({ journal }) => journal.faults.push({ kind: 'kill', target: 'node-1', from: T + 50, to: T + 1_000 }),
    ({ journal }) => journal.faults.push({ kind: 'stop', target: 'node-1', from: T + 20, to: T + 33_000 }),
  ];
  for (const explain of explained) {
    const story = new Story();
    story.sentAgain();
    explain(story);
    expect(await story.breaches()).toEqual([]);
  }
});

it('the ledger does not accept a second copy for the death of another node, a late one, a short stop, or a moved clock where leases use another', async () => {
  const faults: Journal['faults'] = [
    { kind: 'kill', target: 'node-3', from: T + 50, to: T + 1_000 },
    { kind: 'kill', target: 'node-1', from: T + 10_000, to: T + 11_000 },
    { kind: 'stop', target: 'node-1', from: T + 20, to: T + 5_000 },
    { kind: 'clock', target: 'node-1 +90 s', from: T + 20, to: T + 5_000 },
  ];
  for (const fault of faults) {
    const story = new Story();
    story.sentAgain();
    story.journal.faults.push(fault);
    expect(await story.breaches()).toEqual(['without explanation']);
  }
});

describe('the ledger: copies after lost answers', () => {
  /** Copies by SMTP whose answers were lost, with their times in milliseconds after the first one. */
  const lostCopies = (...afterMs: number[]): Story => {
    const story = new Story();
    story.journal.messages.length = 0;
    for (const ms of [0, ...afterMs])
      story.journal.messages.push({
        ...story.message,
        verificationId: null,
        arrivedAt: T + ms,
        takenAt: T + ms,
        answerLost: true,
      });
    return story;
  };
  const TOO_SOON = 'copies too soon after lost answers';

  it('are too many when a third comes within a minute of the second', async () => {
    expect(await lostCopies(1_000, 40_000).breaches()).toContain(TOO_SOON);
  });

  it('are right when a second comes at once and a third a minute later', async () => {
    expect(await lostCopies(1_000, 62_000).breaches()).toEqual([]);
  });

  it('are right when another provider took one of them, or the sender was killed before it recorded one', async () => {
    const elsewhere = lostCopies(1_000, 40_000);
    elsewhere.journal.messages[1]!.verificationId = 'v1';
    expect(await elsewhere.breaches()).toEqual([]);
    const killed = lostCopies(1_000, 40_000);
    killed.journal.faults.push({ kind: 'kill', target: 'node-1', from: T + 1_500, to: T + 3_000 });
    expect(await killed.breaches()).toEqual([]);
  });

  it('of one verification have one code, whichever provider took them', async () => {
    const story = lostCopies(1_000);
    story.journal.messages[1]!.code = '654321';
    expect(await story.breaches()).toContain('verifications with two codes');
  });
});
