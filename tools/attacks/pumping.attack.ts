import { type Dialect } from '../../test/support/databases';
import { FakeSiteverify } from '../../test/support/fake-siteverify';
import { type Finding } from './finding';
import { type Answer, DEFAULT_LIMITS, inParallel, Target } from './target';

const HOUR_SECONDS = 3_600;
const HOURS = 24;
/** Number of calls at once. */
const WIDTH = 24;

export interface PumpingSize {
  /** The attacker's addresses and numbers, and how often each number is requested in a day. */
  addresses: number;
  numbers: number;
  asksPerNumber: number;
  /** Number of legitimate users who request one code each during the day. */
  users: number;
  /** Limits to set when the defaults do not suit the size of the attack. */
  limits?: Record<string, string>;
}

interface Scenario {
  name: string;
  /** The n-th of the attacker's numbers. */
  number: (n: number) => string;
  /** Number of blocks of 10,000 numbers that contain the attacker's numbers. */
  blocks: (numbers: number) => number;
  /** Whether the human check is on. Users pass it when they are asked, programs do not. */
  humanCheck: boolean;
}

/** Blocks of mobile numbers that are in use in Korea, from 010-2000 on. */
const BLOCKS = 3_500;

/** Fraudsters rent numbers by the block. */
const RENTED_BLOCKS = 4;

const SEQUENTIAL: Scenario = {
  name: `numbers out of ${RENTED_BLOCKS} rented blocks`,
  number: (n) => `010-${6000 + (n % RENTED_BLOCKS)}-${four(Math.floor(n / RENTED_BLOCKS))}`,
  blocks: () => RENTED_BLOCKS,
  humanCheck: false,
};
const SCATTERED: Scenario = {
  name: 'numbers scattered over all blocks',
  number: (n) => `010-${2000 + ((n * 7919) % BLOCKS)}-${four(n)}`,
  blocks: (numbers) => Math.min(numbers, BLOCKS),
  humanCheck: false,
};
const SCATTERED_WITH_CHECK: Scenario = {
  ...SCATTERED,
  name: 'scattered numbers, human check on',
  humanCheck: true,
};

interface Tally {
  sent: number;
  /** Number of legitimate users who were verified, and of all who tried to be. */
  verified: number;
  legitimate: number;
  refusedByDay: boolean;
}

/**
 * A day of SMS pumping with legitimate traffic. An attacker with many addresses and numbers requests codes
 * that are never verified, while users request one code each and verify it. The users should succeed as if
 * there were no attack.
 */
export async function pumping(dialect: Dialect, size: PumpingSize): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const scenario of [SEQUENTIAL, SCATTERED, SCATTERED_WITH_CHECK]) {
    const site = await FakeSiteverify.start();
    const human = scenario.humanCheck ? site.environment('when-limited') : {};
    const target = await Target.start(dialect, { ...size.limits, ...human });
    try {
      findings.push(...report(scenario, size, await pump(target, scenario, size, site), target.calls));
    } finally {
      await target.close();
      await site.close();
    }
  }
  return findings;
}

function report(scenario: Scenario, size: PumpingSize, tally: Tally, calls: number): Finding[] {
  const limit = (name: keyof typeof DEFAULT_LIMITS) => Number(size.limits?.[name] ?? DEFAULT_LIMITS[name]);
  const daily = limit('SMS_DAILY_LIMIT');
  // The limit of a block applies to each hour. The day begins with an hour.
  const byBlocks = scenario.blocks(size.numbers) * limit('SMS_PREFIX_HOURLY_LIMIT') * HOURS;
  const byNumbers = size.numbers * limit('RECIPIENT_DAILY_LIMIT');
  const attack = 'SMS pumping';
  const share = (tally.verified / tally.legitimate) * 100;
  const reached = tally.refusedByDay ? 'SMS_DAILY_LIMIT was reached' : 'SMS_DAILY_LIMIT was not reached';
  const burned: Finding = {
    attack,
    path: `${scenario.name}, ${size.addresses} addresses, ${size.numbers} numbers`,
    calls,
    got: tally.sent,
    threshold: Math.min(daily, byBlocks, byNumbers),
    mustReach: 1,
    unit: 'SMS in a day',
    note: `${reached}; legitimate users verified ${share.toFixed(0)} %`,
  };
  // The daily limit is the last protection against costs. When an attacker reaches it, only the human check
  // distinguishes users from programs.
  if (tally.refusedByDay && !scenario.humanCheck) return [burned];
  const path = `${scenario.name}: legitimate users who are verified`;
  return [
    burned,
    { attack, path, calls: tally.legitimate, got: share, threshold: 99, bound: 'floor', unit: '%' },
  ];
}

async function pump(
  target: Target,
  scenario: Scenario,
  size: PumpingSize,
  site: FakeSiteverify,
): Promise<Tally> {
  const tally: Tally = { sent: 0, verified: 0, legitimate: 0, refusedByDay: false };
  const asks = size.numbers * size.asksPerNumber;
  let attack = 0;
  let user = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    const upTo = (total: number) => Math.floor((total * (hour + 1)) / HOURS);
    const calls: (() => Promise<void>)[] = [];
    while (attack < upTo(asks)) calls.push(ask(attack++));
    const users: (() => Promise<void>)[] = [];
    while (user < upTo(size.users)) users.push(behave(user++));
    await inParallel(mixed(calls, users), WIDTH, (call) => call());
    await target.advance(HOUR_SECONDS);
  }
  return tally;

  function ask(n: number): () => Promise<void> {
    return async () => {
      const number = scenario.number(n % size.numbers);
      const answer = await request(number, n, address(n % size.addresses));
      if (answer.value) tally.sent++;
      if (answer.refusal?.limit === 'SMS_DAILY') tally.refusedByDay = true;
    };
  }

  /** One user with their own address and number. */
  function behave(n: number): () => Promise<void> {
    return async () => {
      tally.legitimate++;
      const number = `010-${2000 + ((n * 6151) % BLOCKS)}-${four(9_999 - (n % 5_000))}`;
      const from = `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
      let { value, refusal } = await request(number, n, from);
      if (refusal?.code === 'HUMAN_CHECK_REQUIRED')
        ({ value, refusal } = await request(number, n, from, site.token()));
      if (!value) return;
      const code = await target.first.codeFor(number);
      const document = `mutation { verifyCode(input: { verificationId: "${value.id}", code: "${code}" }) { verified } }`;
      const [answer] = await target.send(document, { node: n });
      if (answer!.value?.verified) tally.verified++;
    };
  }

  async function request(number: string, node: number, from: string, token?: string): Promise<Answer> {
    const human = token ? `, humanToken: "${token}"` : '';
    const document = `mutation { requestSmsCode(input: { phoneNumber: "${number}"${human} }) { id } }`;
    return (await target.send(document, { node, from }))[0]!;
  }
}

/** Spreads the users evenly over the attack. */
function mixed<T>(attack: readonly T[], users: readonly T[]): T[] {
  const every = Math.max(1, Math.floor(attack.length / Math.max(1, users.length)));
  const all: T[] = [];
  let next = 0;
  for (const [n, call] of attack.entries()) {
    all.push(call);
    if (n % every === every - 1 && next < users.length) all.push(users[next++]!);
  }
  return [...all, ...users.slice(next)];
}

const address = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

function four(n: number): string {
  return String(n % 10_000).padStart(4, '0');
}
