import { SESv2Client } from '@aws-sdk/client-sesv2';
import { sesEndpoint } from '../channels/ses/ses-endpoint';
import { NoAnswer, ProviderConnection } from '../channels/provider-connection';
import { type Config } from '../config/config';
import { type Check, fail, type Finding, ok, warn } from './check';

/** AWS and SENS refuse signatures that are five minutes off. */
const REFUSED_MS = 5 * 60_000;
const WORTH_A_WORD_MS = 30_000;
const TIMEOUT_MS = 10_000;

/** Compares this machine's clock with another one, which reads `theirsMs` now. */
export function clockFinding(whose: string, theirsMs: number): Finding {
  const name = 'clock';
  const aheadMs = Date.now() - theirsMs;
  const off = `${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the clock of ${whose}`;
  const advice = 'synchronize the clock by NTP, for example with chrony';
  if (Math.abs(aheadMs) >= REFUSED_MS) return fail(name, `this machine's clock is ${off}`, advice);
  if (Math.abs(aheadMs) >= WORTH_A_WORD_MS) return warn(name, `this machine's clock is ${off}`, advice);
  return ok(name, `this machine's clock agrees with the clock of ${whose}`);
}

/** The clocks of the providers in use that refuse signatures of another time. */
export function clockChecks({ channels }: Config): Check[] {
  const checks: Check[] = [];
  const check = (whose: string, origin: () => Promise<string>) => {
    checks.push({ name: 'clock', run: () => compare(whose, origin) });
  };
  if (channels.emailProviders.includes('ses')) check('SES', () => sesOrigin(channels.ses.region));
  if (channels.smsProviders.includes('sens'))
    check('SENS', async () => new URL(channels.sens.endpoint).origin);
  return checks;
}

/** Every HTTP answer has its server's time, a refusal too (RFC 9110, section 6.6.1). */
async function compare(whose: string, origin: () => Promise<string>): Promise<Finding[]> {
  const connection = new ProviderConnection();
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const call = { method: 'GET', origin: await origin(), path: '/', headers: {}, signal } as const;
    const { header } = await connection.call(call);
    const theirsMs = Date.parse(header('date') ?? '');
    return Number.isNaN(theirsMs) ? [] : [clockFinding(whose, theirsMs)];
  } catch (error) {
    // That there is no way to the provider is what the provider's own check says.
    if (error instanceof NoAnswer) return [];
    throw error;
  } finally {
    await connection.close();
  }
}

async function sesOrigin(region: string): Promise<string> {
  const client = new SESv2Client({ region });
  try {
    return (await sesEndpoint(client)).origin;
  } finally {
    client.destroy();
  }
}
