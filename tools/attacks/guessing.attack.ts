import { type Dialect } from '../../test/support/databases';
import { type Finding, mostWithin } from './finding';
import { gmailSpelling } from './spellings';
import { DEFAULT_LIMITS, type Answer, Target } from './target';

const DAY_MS = 86_400_000;
const CODES = 1_000_000;
const DAILY_ATTEMPTS = Number(DEFAULT_LIMITS.RECIPIENT_DAILY_GUESSES);

/** One way to get more attempts. Each may use any number of addresses, nodes, ids and aliases. */
interface Path {
  name: string;
  /** The address of the victim as written in the n-th request. */
  recipient: (victim: string, n: number) => string;
  address: (n: number) => string;
  node: (n: number) => number;
  /** Number of attempts in one document. */
  aliases: number;
  /** Number of documents at once. */
  atOnce: number;
  resends: boolean;
}

const PLAIN: Path = {
  name: 'one attempt at a time, new requests',
  recipient: (victim) => `${victim}@example.com`,
  address: () => '192.0.2.1',
  node: () => 0,
  aliases: 1,
  atOnce: 1,
  resends: false,
};
const manyAddresses = (n: number) => `198.51.${n % 250}.${Math.floor(n / 250) % 250}`;

const FIXED = 'review@example.com';

const PATHS: Path[] = [
  PLAIN,
  { ...PLAIN, name: '20 aliases a document', aliases: 20 },
  { ...PLAIN, name: '30 documents at once', atOnce: 30 },
  { ...PLAIN, name: 'another address each time', address: manyAddresses },
  { ...PLAIN, name: 'all nodes in turn', node: (n) => n, atOnce: 4 },
  { ...PLAIN, name: 'a resend before each round', resends: true },
  {
    ...PLAIN,
    name: '+tags and capitals',
    recipient: (victim, n) =>
      n % 2 === 0 ? `${victim}+${n}@example.com` : `${victim.toUpperCase()}+${n}@EXAMPLE.com`,
  },
  { ...PLAIN, name: "Gmail's spellings", recipient: gmailSpelling },
  { ...PLAIN, name: 'a fixed code of TEST_RECIPIENTS', recipient: () => FIXED, address: manyAddresses },
  {
    name: 'all of it together',
    recipient: (victim, n) => `${victim}+${n}@example.com`,
    address: manyAddresses,
    node: (n) => n,
    aliases: 20,
    atOnce: 10,
    resends: true,
  },
];

/** How many attempts at the codes of one recipient an attacker gets in a day, in each way. */
export async function guessing(dialect: Dialect, { days }: { days: number }): Promise<Finding[]> {
  const target = await Target.start(dialect, { TEST_RECIPIENTS: `${FIXED}=987654` });
  try {
    const findings: Finding[] = [];
    for (const [n, path] of PATHS.entries()) findings.push(await attack(target, path, `victim${n}`, days));
    return findings;
  } finally {
    await target.close();
  }
}

async function attack(target: Target, path: Path, victim: string, days: number): Promise<Finding> {
  const attempts: number[] = [];
  const callsBefore = target.calls;
  const end = target.clock.now() + days * DAY_MS;
  let step = 0;
  let hits = 0;
  let next = 0;
  while (target.clock.now() < end) {
    const waitSeconds = await oneRound();
    await target.advance(waitSeconds);
  }
  const got = mostWithin(attempts, DAY_MS);
  return {
    attack: 'attempts at one recipient',
    path: path.name,
    calls: target.calls - callsBefore,
    got,
    threshold: DAILY_ATTEMPTS,
    mustReach: DAILY_ATTEMPTS,
    unit: 'attempts in any 24 h',
    note: `chance of a hit ${((got / CODES) * 100).toFixed(4)} % a day; hits ${hits} in ${days} d`,
  };

  /**
   * Requests a code and makes attempts until they are refused. Returns how long the service says to wait, in
   * seconds.
   */
  async function oneRound(): Promise<number> {
    step++;
    const where = { node: path.node(step), from: path.address(step) };
    const [asked] = await target.send(
      `mutation { requestEmailCode(input: { email: "${path.recipient(victim, step)}" }) { id } }`,
      where,
    );
    if (asked!.refusal) return asked!.refusal.retryAfterSeconds ?? 60;
    const { id } = asked!.value as { id: string };
    let refused = await attemptUntilRefused(id);
    if (path.resends && !refused) {
      await target.advance(Number(DEFAULT_LIMITS.RESEND_COOLDOWN_SECONDS));
      await target.send(`mutation { resendCode(verificationId: "${id}") { id } }`, where);
      refused = await attemptUntilRefused(id);
    }
    return refused ?? Number(DEFAULT_LIMITS.RESEND_COOLDOWN_SECONDS);
  }

  /**
   * Makes at least twice as many attempts as a code allows. Returns the wait when the daily limit of the
   * recipient refused.
   */
  async function attemptUntilRefused(id: string): Promise<number | null> {
    let wait: number | null = null;
    const documents = Math.max(path.atOnce, Math.ceil(10 / path.aliases));
    for (let sent = 0; sent < documents; sent += path.atOnce) {
      const batch = Array.from({ length: path.atOnce }, () => sendAttempts(id));
      for (const answer of (await Promise.all(batch)).flat()) wait = judge(answer) ?? wait;
    }
    return wait;
  }

  function sendAttempts(id: string): Promise<Answer[]> {
    const fields = Array.from({ length: path.aliases }, (_, alias) => {
      const code = String(next++ % CODES).padStart(6, '0');
      return `g${alias}: verifyCode(input: { verificationId: "${id}", code: "${code}" }) { verified reason }`;
    });
    return target.send(`mutation { ${fields.join(' ')} }`, {
      node: path.node(next),
      from: path.address(next),
    });
  }

  function judge({ value, refusal }: Answer): number | null {
    if (value?.verified) hits++;
    if (value?.verified || value?.reason === 'WRONG_CODE') attempts.push(target.clock.now());
    return refusal?.limit === 'RECIPIENT_DAILY_GUESSES' ? (refusal.retryAfterSeconds ?? null) : null;
  }
}
