import { PeriodicWork } from '../../database/duties/periodic-work';
import { measureLongestWait } from '../../delivery/queue/measure-longest-wait';
import { EventLoopDelay } from '../../limits/event-loop-delay';
import { OverloadGuard } from '../../limits/overload-guard';
import { raised } from '../../limits/shared-limits';
import { SiteverifyClient } from '../../limits/siteverify-client';
import { HumanCheckPolicy, NO_HUMAN_CHECK } from '../../limits/human-check-policy';
import { Retention } from '../../operations/retention';
import { type AppContext } from '../app-context';

const DUTY_POLL_MS = 60_000;
const PURGE_EVERY_MS = 10 * 60_000;
const PURGE_LEASE_MS = 5 * 60_000;
const OVERLOAD_CHECK_MS = 1_000;

/** Creates the duties, which one node at a time does for all nodes. */
export function assemblePurging({ config, overrides, logger, database, metrics }: AppContext): PeriodicWork {
  const retention = new Retention({
    database,
    days: config.retentionDays,
    auditDays: config.auditRetentionDays,
    metrics,
    logger,
  });
  const settings = {
    name: 'purge',
    everyMs: PURGE_EVERY_MS,
    leaseMs: PURGE_LEASE_MS,
    pollMs: overrides.dutyPollMs ?? DUTY_POLL_MS,
  };
  return new PeriodicWork(database, settings, (signal) => retention.purge(signal), logger);
}

/** Creates the guard that refuses new requests while the server is overloaded. */
export function assembleOverloadGuard({
  config,
  overrides,
  logger,
  metrics,
  database,
}: AppContext): OverloadGuard {
  const { EMAIL, SMS } = config.verification.codes;
  return new OverloadGuard({
    queueWaitMs: () => measureLongestWait(database),
    eventLoop: new EventLoopDelay(),
    metrics,
    logger,
    settings: {
      everyMs: overrides.overloadCheckMs ?? OVERLOAD_CHECK_MS,
      codeLifeMs: { EMAIL: EMAIL.ttlSeconds * 1000, SMS: SMS.ttlSeconds * 1000 },
    },
  });
}

/** Wires the human check, if the settings have one. */
export function assembleHumanCheckPolicy({
  config,
  clock,
  logger,
  metrics,
}: AppContext): Pick<HumanCheckPolicy, 'requireUpFront' | 'runWithinLimits'> {
  const { humanCheck, sharedLimits } = config.verification;
  if (humanCheck === null) return NO_HUMAN_CHECK;
  const extraPercent = humanCheck.mode === 'always' ? 0 : humanCheck.extraPercent;
  const messagesPerHour = raised(sharedLimits.ipHourly, extraPercent);
  return new HumanCheckPolicy(
    humanCheck,
    new SiteverifyClient({ settings: humanCheck, messagesPerHour, clock, metrics, logger }),
  );
}
