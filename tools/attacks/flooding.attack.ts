import { type Dialect } from '../../test/support/databases';
import { type Finding, mostWithin } from './finding';
import { gmailSpelling } from './spellings';
import { DEFAULT_LIMITS, Target } from './target';

const DAY_MS = 86_400_000;
const COOLDOWN_SECONDS = Number(DEFAULT_LIMITS.RESEND_COOLDOWN_SECONDS);
const DAILY_LIMIT = Number(DEFAULT_LIMITS.RECIPIENT_DAILY_LIMIT);
const manyAddresses = (n: number) => `198.51.${n % 250}.${Math.floor(n / 250) % 250}`;

interface Path {
  name: string;
  /** The GraphQL field that sends the n-th message. */
  field: (victim: number, n: number) => string;
  /** Number of calls at once. */
  atOnce: number;
  /** Sends every other message by `resendCode`. */
  resends: boolean;
}

const email = (address: string, n: number) =>
  `requestEmailCode(input: { email: "${address}", purpose: "purpose-${n % 10}" }) { id }`;
const sms = (number: string) => `requestSmsCode(input: { phoneNumber: "${number}" }) { id }`;

const EMAIL: Path = {
  name: 'e-mail, many addresses and purposes',
  field: (victim, n) => email(`victim-${victim}@example.com`, n),
  atOnce: 1,
  resends: false,
};
const SMS: Path = {
  name: 'SMS, many addresses',
  field: (victim) => sms(`010-5000-000${victim}`),
  atOnce: 1,
  resends: false,
};
const SPELLINGS = ['010-5000-000', '+82 10 5000 000', '0105000000', '+82105000000'];

const PATHS: Path[] = [
  EMAIL,
  {
    ...EMAIL,
    name: 'e-mail, +tags and capitals',
    field: (victim, n) => email(`Victim-${victim}+${n}@Example.com`, n),
  },
  {
    ...EMAIL,
    name: "e-mail, Gmail's spellings",
    field: (victim, n) => email(gmailSpelling(`victim${victim}`, n), n),
  },
  { ...EMAIL, name: 'e-mail, 20 at once on all nodes', atOnce: 20 },
  { ...EMAIL, name: 'e-mail, resends', resends: true },
  SMS,
  {
    ...SMS,
    name: 'SMS, spellings of the number',
    field: (victim, n) => sms(`${SPELLINGS[n % SPELLINGS.length]!}${victim}`),
  },
  { ...SMS, name: 'SMS, 20 at once on all nodes', atOnce: 20 },
  { ...SMS, name: 'SMS, resends', resends: true },
];

/** How many messages attackers can send to one victim in a day, in each way. Counted at the victim. */
export async function flooding(dialect: Dialect, { days }: { days: number }): Promise<Finding[]> {
  const target = await Target.start(dialect);
  try {
    const findings: Finding[] = [];
    for (const [victim, path] of PATHS.entries()) findings.push(await flood(target, path, victim, days));
    return findings;
  } finally {
    await target.close();
  }
}

async function flood(target: Target, path: Path, victim: number, days: number): Promise<Finding> {
  const end = target.clock.now() + days * DAY_MS;
  const callsBefore = target.calls;
  const read = new Set((await target.first.inbox()).map(({ id }) => id));
  let n = 0;
  while (target.clock.now() < end) await target.advance(await oneRound());
  const messages = (await target.first.inbox()).filter(({ id }) => !read.has(id));
  return {
    attack: 'messages to one victim',
    path: path.name,
    calls: target.calls - callsBefore,
    got: mostWithin(
      messages.map(({ sentAt }) => Date.parse(sentAt)),
      DAY_MS,
    ),
    threshold: DAILY_LIMIT,
    mustReach: DAILY_LIMIT,
    unit: 'messages in any 24 h',
    note: `${messages.length} in ${days} d`,
  };

  /** Returns how long the service says to wait, in seconds. */
  async function oneRound(): Promise<number> {
    const calls = Array.from({ length: path.atOnce }, () => {
      n++;
      return target.send(`mutation { sent: ${path.field(victim, n)} }`, { node: n, from: manyAddresses(n) });
    });
    const answers = (await Promise.all(calls)).flat();
    const id = answers.find(({ value }) => value)?.value?.id as string | undefined;
    if (id === undefined) return answers[0]!.refusal!.retryAfterSeconds ?? COOLDOWN_SECONDS;
    if (path.resends) {
      await target.advance(COOLDOWN_SECONDS);
      const resend = `mutation { sent: resendCode(verificationId: "${id}") { id } }`;
      const [again] = await target.send(resend, { node: ++n, from: manyAddresses(n) });
      if (again!.refusal) return again!.refusal.retryAfterSeconds ?? COOLDOWN_SECONDS;
    }
    return COOLDOWN_SECONDS;
  }
}
