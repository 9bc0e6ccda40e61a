import { type Dialect } from '../../test/support/databases';
import { FakeSiteverify } from '../../test/support/fake-siteverify';
import { type Finding } from './finding';
import { DEFAULT_LIMITS, inParallel, Target } from './target';

const IP_HOURLY = Number(DEFAULT_LIMITS.IP_HOURLY_LIMIT);
const DAILY = Number(DEFAULT_LIMITS.RECIPIENT_DAILY_LIMIT);
const TEST_RECIPIENT = 'review@example.com';
const TEST_RECIPIENT_HOURLY = 100;
const MAIL_CAP = 60;
const WIDTH = 24;

const manyAddresses = (n: number) => `198.51.${n % 250}.${Math.floor(n / 250) % 250}`;
const request = (email: string, more = '') =>
  `mutation { requestEmailCode(input: { email: "${email}"${more} }) { id } }`;

interface Scenario {
  name: string;
  env?: Record<string, string>;
  unit: string;
  /** The maximum result that is acceptable. */
  threshold: number;
  /** Makes `calls` calls within one hour of the service's clock and returns the result. */
  attack: (target: Target, calls: number) => Promise<number>;
}

/** Sends `calls` documents, WIDTH of them at once, and counts those whose first field has a value. */
async function countAccepted(
  target: Target,
  calls: number,
  document: (n: number) => string,
  from: (n: number) => string,
): Promise<number> {
  let accepted = 0;
  await inParallel(Array.from({ length: calls }), WIDTH, async (_, n) => {
    const [answer] = await target.send(document(n), { node: n, from: from(n) });
    if (answer!.value) accepted++;
  });
  return accepted;
}

const SCENARIOS: Scenario[] = [
  {
    name: 'one /48 of IPv6, another /64 and recipient each time',
    unit: 'messages in an hour',
    threshold: 4 * IP_HOURLY,
    attack: (target, calls) =>
      countAccepted(
        target,
        calls,
        (n) => request(`net-${n}@example.com`),
        (n) => `2001:db8:1:${n.toString(16)}::1`,
      ),
  },
  {
    name: 'many addresses and recipients by e-mail',
    env: { EMAIL_DAILY_LIMIT: String(MAIL_CAP) },
    unit: 'messages in a day',
    threshold: MAIL_CAP,
    attack: (target, calls) =>
      countAccepted(target, calls, (n) => request(`all-${n}@example.com`), manyAddresses),
  },
  {
    name: 'a test recipient, from many addresses',
    env: { TEST_RECIPIENTS: `${TEST_RECIPIENT}=123456` },
    unit: 'rows in an hour',
    threshold: TEST_RECIPIENT_HOURLY,
    attack: (target, calls) => countAccepted(target, calls, () => request(TEST_RECIPIENT), manyAddresses),
  },
  {
    name: 'another idempotency key each time, one recipient',
    unit: 'rows in an hour',
    threshold: Number(DEFAULT_LIMITS.RECIPIENT_HOURLY_LIMIT),
    attack: async (target, calls) => {
      let accepted = 0;
      for (let minute = 0; minute < 20; minute++) {
        accepted += await countAccepted(
          target,
          Math.ceil(calls / 20),
          (n) => request('keys@example.com', `, idempotencyKey: "k-${minute}-${n}"`),
          manyAddresses,
        );
        await target.advance(60);
      }
      return accepted;
    },
  },
  {
    name: 'request, cancel, request again',
    unit: 'messages in an hour',
    threshold: Number(DEFAULT_LIMITS.RECIPIENT_HOURLY_LIMIT),
    attack: async (target) => {
      let accepted = 0;
      for (let minute = 0; minute < 50; minute++) {
        const [asked] = await target.send(request('loop@example.com'), {
          node: minute,
          from: manyAddresses(minute),
        });
        if (asked!.value) {
          accepted++;
          await target.send(`mutation { cancelVerification(verificationId: "${asked!.value.id}") { id } }`);
        }
        await target.advance(60);
      }
      return accepted;
    },
  },
  {
    name: 'checks of codes and queries for ids that do not exist',
    unit: 'ids that are found',
    threshold: 0,
    attack: async (target, calls) => {
      let found = 0;
      await inParallel(Array.from({ length: calls }), WIDTH, async (_, n) => {
        const id = Buffer.from([0, 1, 2, 3, 4, 5, n % 3, 6, ...Array<number>(10).fill(n & 255)]).toString(
          'base64url',
        );
        const [checked] = await target.send(
          `mutation { verifyCode(input: { verificationId: "${id}", code: "000000" }) { reason } }`,
          { node: n },
        );
        if (checked!.value?.reason !== 'NOT_FOUND') found++;
      });
      return found;
    },
  },
];

/**
 * What any caller can make the service store, send or query, besides what a limit on one recipient prevents.
 */
export async function exhausting(dialect: Dialect, { calls }: { calls: number }): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, env, unit, threshold, attack: run } of SCENARIOS) {
    const target = await Target.start(dialect, { ...env, RECIPIENT_DAILY_LIMIT: String(DAILY) });
    try {
      const got = await run(target, Math.max(calls, 2 * threshold));
      const attack = 'exhausting the service';
      findings.push({ attack, path: name, calls: target.calls, got, threshold, mustReach: threshold, unit });
    } finally {
      await target.close();
    }
  }
  return [...findings, ...(await humanChecks(dialect, calls))];
}

/** One client sends invented tokens while others send valid ones. */
async function humanChecks(dialect: Dialect, calls: number): Promise<Finding[]> {
  const site = await FakeSiteverify.start();
  const target = await Target.start(dialect, site.environment('always'));
  try {
    const junk = Array.from({ length: calls }, (_, n) => `junk-${n}`);
    let others = 0;
    let admitted = 0;
    await inParallel(junk, WIDTH, async (token, n) => {
      await target.send(request(`junk-${n}@example.com`, `, humanToken: "${token}"`), { from: '192.0.2.66' });
      if (n % 20 !== 0) return;
      others++;
      const valid = `, humanToken: "${site.token()}"`;
      const [answer] = await target.send(request(`human-${n}@example.com`, valid), {
        from: manyAddresses(n),
      });
      if (answer!.value) admitted++;
    });
    const attack = 'exhausting the service';
    const path = 'made-up tokens for the human check';
    return [
      {
        attack,
        path,
        calls,
        got: site.calls.length - others,
        threshold: 2 * IP_HOURLY,
        mustReach: 2 * IP_HOURLY,
        unit: 'calls of its provider in an hour',
      },
      {
        attack,
        path: `${path}: legitimate users who are admitted`,
        calls: others,
        got: (admitted / others) * 100,
        threshold: 100,
        bound: 'floor',
        unit: '%',
      },
    ];
  } finally {
    await target.close();
    await site.close();
  }
}
