import { type ServerAnswer } from './dns-resolver';

/** The answers for one name, by how much they count. */
export interface WeighedAnswers {
  /** Answers of servers that did not answer, or answered with an error. */
  silent: ServerAnswer[];
  answered: ServerAnswer[];
  /** Answers that contain what the server's zone has. */
  whole: ServerAnswer[];
  /** The answers that decide: of the zone's own servers, if they answered. */
  deciding: ServerAnswer[];
  /** The target, if the name is an alias. */
  alias: string | null;
}

/** The zone's own servers decide, if they answered, because what other servers return may be an old value. */
export function weighAnswers(answers: readonly ServerAnswer[]): WeighedAnswers {
  const silent = answers.filter(({ outcome }) => outcome === 'TIMEOUT' || outcome === 'SERVFAIL');
  const answered = answers.filter((answer) => !silent.includes(answer));
  // An alias without a value is an incomplete answer, because the target is in another zone.
  const whole = answered.filter(({ cname, values }) => cname === null || values.length > 0);
  const own = whole.filter(({ authoritative }) => authoritative);
  const alias = answered.find(({ cname }) => cname !== null)?.cname ?? null;
  return { silent, answered, whole, deciding: own.length > 0 ? own : whole, alias };
}
