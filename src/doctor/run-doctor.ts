import { type Config, readConfig } from '../config/config';
import { SettingsFault } from '../config/settings-fault';
import { SystemDnsResolver } from '../sending-domain/dns/dns-resolver';
import { type Schema } from '../database/schema';
import { type Check, type Finding, runChecks } from './check';
import { sesClockCheck } from './clock.check';
import { databaseCheck } from './database.check';
import { dnsCheck } from './dns.check';
import { eventsCheck } from './events.check';
import { proxyCheck } from './proxy.check';
import { providerChecks } from './provider.check';
import { sesCheck } from './ses.check';
import { settingsCheck, settingsFindings, templatesCheck } from './settings.check';
import { smtpChecks } from './smtp.check';

export interface DoctorReport {
  /** False when the settings could not even be read. */
  settingsRead: boolean;
  findings: Finding[];
}

/**
 * Checks everything that must be right before the server goes live. It sends nothing, changes nothing, and
 * takes at most half a minute.
 *
 * @param callsPerSecond replaces the rate limit of SES's identity API, in tests.
 */
export async function runDoctor(
  variables: NodeJS.ProcessEnv,
  schema: Schema,
  { callsPerSecond }: { callsPerSecond?: number } = {},
): Promise<DoctorReport> {
  try {
    const config = readConfig(variables);
    const checks = [...checksOf(config, schema, callsPerSecond), ...(await providerChecks(config))];
    const findings = await runChecks(checks);
    return { settingsRead: true, findings };
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    return { settingsRead: false, findings: settingsFindings(error) };
  }
}

function checksOf(config: Config, schema: Schema, callsPerSecond?: number): Check[] {
  const { emailProviders, emailFrom } = config.channels;
  const resolver = new SystemDnsResolver({ servers: config.dnsServers });
  const checks = [settingsCheck(config), templatesCheck(config), databaseCheck(config, schema)];
  if (emailProviders.includes('ses')) checks.push(sesClockCheck(config));
  if (config.production) checks.push(proxyCheck(config));
  if (emailProviders.includes('ses') || emailProviders.includes('ses-smtp'))
    checks.push(
      dnsCheck(emailFrom.address.slice(emailFrom.address.lastIndexOf('@') + 1), resolver),
      sesCheck(config, resolver, callsPerSecond),
    );
  checks.push(...smtpChecks(config));
  const { url, secrets } = config.events;
  if (url !== null) checks.push(eventsCheck({ url, secrets }));
  return checks;
}
