import { GetAccountCommand } from '@aws-sdk/client-sesv2';
import { NoAnswer, ProviderConnection } from '../channels/provider-connection';
import { createSesClient } from '../channels/ses/ses-client';
import { type SdkError } from '../channels/ses/ses-errors';
import { type Config } from '../config/config';
import { type Check, fail, type Finding, ok, warn } from './check';

/** AWS, SENS and receivers of Standard Webhooks refuse signatures that are more than five minutes off. */
const REFUSED_MS = 5 * 60_000;
const WARNING_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** Compares this machine's clock with another clock, whose time now is `theirsMs`. */
export function clockFinding(whose: string, theirsMs: number): Finding {
  const name = 'clock';
  const aheadMs = Date.now() - theirsMs;
  const off = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of ${whose}`;
  const advice = 'synchronize the clock by NTP, for example with chrony';
  if (Math.abs(aheadMs) >= REFUSED_MS) return fail(name, `this machine's clock is ${off}`, advice);
  if (Math.abs(aheadMs) >= WARNING_MS) return warn(name, `this machine's clock is ${off}`, advice);
  return clockAgrees(whose);
}

function clockAgrees(whose: string): Finding {
  return ok('clock', `this machine's clock agrees with the clock of ${whose}`);
}

/** A server that refuses signatures whose time is too far from its own. */
export interface ClockServer {
  /** The server, as the finding names it, or the providers that use it. */
  names: readonly string[];
  /** Scheme, host and port. */
  origin: string;
}

/** Compares this machine's clock with the clocks of servers. The ones that agree share a finding. */
export async function compareClocks(servers: readonly ClockServer[]): Promise<Finding[]> {
  const compared = await Promise.all(
    servers.map(async ({ names, origin }) => {
      const theirsMs = await readServerTimeMs(origin);
      // The check of that server reports that it cannot be reached.
      return theirsMs === null ? null : { names, finding: clockFinding(listOf(names), theirsMs) };
    }),
  );
  const found = compared.filter((one) => one !== null);
  const agreeing = found.filter(({ finding }) => finding.status === 'OK').flatMap(({ names }) => names);
  const others = found.map(({ finding }) => finding).filter(({ status }) => status !== 'OK');
  return agreeing.length === 0 ? others : [clockAgrees(listOf(agreeing)), ...others];
}

function listOf(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
}

/** Reads the time of any HTTP answer, which may be a refusal (RFC 9110, section 6.6.1). */
async function readServerTimeMs(origin: string): Promise<number | null> {
  const connection = new ProviderConnection();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { headers } = await connection.call({ method: 'GET', origin, path: '/', headers: {}, signal });
    const theirsMs = Date.parse(headers.date ?? '');
    return Number.isNaN(theirsMs) ? null : theirsMs;
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  } finally {
    await connection.close();
  }
}

/** Checks the clock against the clock of SES. Other providers whose signatures contain the time: provider.check.ts. */
export function sesClockCheck({ channels }: Config): Check {
  const run = async () => {
    const theirsMs = await readSesTimeMs(channels.ses.region);
    // The check of SES reports that it cannot be reached.
    return theirsMs === null ? [] : [clockFinding('SES', theirsMs)];
  };
  return { name: 'clock', run };
}

/** Makes a call with the SDK, which takes the time of every answer, a refusal included. */
async function readSesTimeMs(region: string): Promise<number | null> {
  const client = createSesClient(region);
  try {
    await client.send(new GetAccountCommand({}), { abortSignal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    if ((error as SdkError).$metadata?.httpStatusCode === undefined) return null;
  } finally {
    client.destroy();
  }
  return Date.now() + client.config.systemClockOffset;
}
