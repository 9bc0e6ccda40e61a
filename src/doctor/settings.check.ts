import { loadTemplates } from '../channels/templates/load-templates';
import { type Config } from '../config/config';
import { unknownNameMessage } from '../config/unknown-names';
import { type SettingsFault } from '../config/settings-fault';
import { type Check, fail, type Finding, ok, warn } from './check';

/** Faults of settings that prevent the start. */
export function settingsFindings({ faults }: SettingsFault): Finding[] {
  return faults.map(({ variable, message }) =>
    fail('settings', `${variable}: ${message}`, `see docs/reference/settings.md#${variable.toLowerCase()}`),
  );
}

/** Settings that allow the start, but that an operator may not expect in production. */
export function settingsCheck({
  production,
  channels,
  inboxRemote,
  verification,
  unknownNames,
}: Config): Check {
  const name = 'settings';
  const run = async () => {
    const { emailProviders, smsProviders } = channels;
    const email = emailProviders.join(', then ') || 'none';
    const sms = smsProviders.join(', then ') || 'none';
    const findings = [ok(name, `all settings are valid; e-mail providers: ${email}; SMS providers: ${sms}`)];
    const toInbox = [...emailProviders, ...smsProviders].includes('inbox');
    if (!production)
      findings.push(warn(name, 'NODE_ENV is not production', 'set NODE_ENV=production before you go live'));
    if (toInbox)
      findings.push(
        warn(
          name,
          'messages are only shown in the inbox',
          'name providers in EMAIL_PROVIDER and SMS_PROVIDER, or none',
        ),
      );
    if (toInbox && inboxRemote)
      findings.push(warn(name, 'anyone can read the codes in the inbox', 'set INBOX_REMOTE=off'));
    if (smsProviders.at(-1) === 'sens-alimtalk')
      findings.push(
        warn(
          name,
          'no provider follows sens-alimtalk, so numbers without KakaoTalk receive no code',
          'name another provider after it in SMS_PROVIDER, such as sens or solapi',
        ),
      );
    findings.push(...alimtalkTimes(channels, verification));
    if (verification.testRecipients.size > 0)
      findings.push(
        warn(name, 'the codes of TEST_RECIPIENTS never change', 'remove them when no test needs them'),
      );
    for (const unknown of unknownNames)
      findings.push(warn(name, unknownNameMessage(unknown), 'correct the name, or remove the variable'));
    return findings;
  };
  return { name, run };
}

/** With less than this left, Alimtalk is skipped, and a provider after it has little time. */
const LEAST_SECONDS = 60;

function alimtalkTimes(
  { smsProviders, sensAlimtalk }: Config['channels'],
  { codes }: Config['verification'],
): Finding[] {
  if (!smsProviders.includes('sens-alimtalk')) return [];
  const { ttlSeconds } = codes.SMS;
  if (ttlSeconds < LEAST_SECONDS)
    return [
      warn(
        'settings',
        'sens-alimtalk sends nothing, because codes are valid for less than a minute',
        'raise SMS_CODE_TTL_SECONDS, or remove sens-alimtalk from SMS_PROVIDER',
      ),
    ];
  if (ttlSeconds - sensAlimtalk.waitMs / 1_000 >= LEAST_SECONDS) return [];
  return [
    warn(
      'settings',
      'little or no time is left for the next provider when sens-alimtalk has no result in time',
      'lower ALIMTALK_WAIT_SECONDS, or raise SMS_CODE_TTL_SECONDS',
    ),
  ];
}

/**
 * Reports which templates are in use. Faults of templates are faults of the settings, which are reported
 * before.
 */
export function templatesCheck({ templates }: Config): Check {
  const name = 'templates';
  const message = templates.dir === null ? 'the built-in templates are used' : 'your own templates are valid';
  const run = async () => {
    const notices = loadTemplates(templates).notices.map((notice) => `${notice.locale}: ${notice.message}`);
    return [ok(name, [message, ...notices].join('; '))];
  };
  return { name, run };
}
