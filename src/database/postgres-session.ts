/** How long one statement waits for a row that another holds, in milliseconds: nobody holds one for long. */
const LOCK_TIMEOUT_MS = 1_000;

/**
 * What every connection of the service sets for itself.
 *
 * Each of its statements is a few index look-ups at any size (test/integration/plans.test.ts), but PostgreSQL plans a
 * named statement when it is new, which is when the tables are empty and reading them whole looks cheaper; the plan
 * would then be kept while they grow. So it is told not to, and to keep the one plan instead of making another each
 * time: 1.3 ms of its CPU for a verification became 0.6.
 */
const SETTINGS: Record<string, string | number> = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  lock_timeout: LOCK_TIMEOUT_MS,
};

/** The same settings as PostgreSQL's start-up option `options` wants them. */
export function sessionOptions(): string {
  return Object.entries(SETTINGS)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}
