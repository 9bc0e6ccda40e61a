import { loadTemplates, TemplateFaults } from '../channels/templates';
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
  const look = async () => {
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
  return { name, look };
}

export function templatesCheck({ channels, verification }: Config): Check {
  const name = 'templates';
  const look = async () => {
    try {
      loadTemplates({
        dir: channels.templatesDir,
        brandName: channels.brandName,
        webOtpDomain: channels.webOtpDomain,
        allowLms: channels.allowLms,
        smsCodeLength: verification.codes.SMS.length,
      });
      return [ok(name, channels.templatesDir === null ? 'the built-in ones' : 'your own ones can be used')];
    } catch (error) {
      if (!(error instanceof TemplateFaults)) throw error;
      return error.faults.map((fault) =>
        fail(name, fault, 'change the file, or BRAND_NAME where it is long'),
      );
    }
  };
  return { name, look };
}
