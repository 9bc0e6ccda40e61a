import { type Config } from '../config/config';
import { unknownNameMessage } from '../config/unknown-names';
import { type SettingsFault } from '../config/settings-fault';
import { type Check, fail, type Finding, ok, warn } from './check';

/** Settings that keep the server from starting. */
export function settingsFindings({ faults }: SettingsFault): Finding[] {
  return faults.map(({ variable, message }) =>
    fail('settings', `${variable}: ${message}`, `see docs/reference/settings.md#${variable.toLowerCase()}`),
  );
}

/** Settings with which the server starts, and which an operator may not want in production. */
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
    const email = emailProviders.join(', then ') || 'nothing';
    const sms = smsProviders.join(', then ') || 'nothing';
    const findings = [ok(name, `all can be used: e-mail is sent by ${email}, SMS by ${sms}`)];
    const toInbox = [...emailProviders, ...smsProviders].includes('inbox');
    if (!production)
      findings.push(warn(name, 'this is not production', 'set NODE_ENV=production before you go live'));
    if (toInbox)
      findings.push(
        warn(name, 'messages go to the inbox', 'name providers in EMAIL_PROVIDER and SMS_PROVIDER, or none'),
      );
    if (toInbox && inboxRemote)
      findings.push(warn(name, 'anyone can read the codes in the inbox', 'leave INBOX_REMOTE off'));
    if (verification.testRecipients.size > 0)
      findings.push(
        warn(
          name,
          'TEST_RECIPIENTS have codes that do not change',
          'remove them when no test uses them any more',
        ),
      );
    for (const unknown of unknownNames)
      findings.push(warn(name, unknownNameMessage(unknown), 'correct its name, or remove it'));
    return findings;
  };
  return { name, run };
}

/** Templates that cannot be used are faults of the settings, so what is left is which ones are in use. */
export function templatesCheck({ templates }: Config): Check {
  const name = 'templates';
  const message = templates.dir === null ? 'the built-in ones' : 'your own ones can be used';
  return { name, run: async () => [ok(name, message)] };
}
