import { readFileSync } from 'node:fs';
import { tryLogin } from '../channels/smtp/smtp-login';
import { sesSmtpOptions, type SmtpOptions, smtpOptionsFromUrl } from '../channels/smtp/smtp-options';
import { type ChannelSettings } from '../channels/channel-settings';
import { type Config } from '../config/config';
import { type Check, fail, type Finding, ok } from './check';
import { reasonOf } from '../shared/errors';

/** One check for each SMTP server in use. */
export function smtpChecks({ channels }: Config): Check[] {
  const { emailProviders, smtpUrl, sesSmtp, ses } = channels;
  const checks: Check[] = [];
  const check = (name: string, options: (ca?: Buffer) => SmtpOptions) =>
    checks.push({ name, run: () => checkLogin(name, channels, options) });
  if (emailProviders.includes('smtp')) check('SMTP', (ca) => smtpOptionsFromUrl(smtpUrl, ca));
  if (emailProviders.includes('ses-smtp'))
    check('SES SMTP', (ca) => sesSmtpOptions({ ...sesSmtp, region: ses.region, ca }));
  return checks;
}

async function checkLogin(
  name: string,
  { smtpCaFile }: ChannelSettings,
  optionsWith: (ca?: Buffer) => SmtpOptions,
): Promise<Finding[]> {
  let ca: Buffer | undefined;
  try {
    ca = smtpCaFile === null ? undefined : readFileSync(smtpCaFile);
  } catch (error) {
    return [
      fail(
        name,
        `SMTP_CA_FILE cannot be read: ${reasonOf(error)}`,
        'set SMTP_CA_FILE to a readable PEM file',
      ),
    ];
  }
  const options = optionsWith(ca);
  const server = `${options.host}:${options.port}`;
  try {
    await tryLogin(options);
    return [ok(name, `${server} accepts ${options.auth ? 'the login' : 'the connection (no login is set)'}`)];
  } catch (error) {
    return [failedLogin(name, server, error)];
  }
}

function failedLogin(name: string, server: string, error: unknown): Finding {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const what = responseCode ?? code ?? 'no answer';
  if (code === 'EAUTH')
    return fail(
      name,
      `${server} refuses the login (${what})`,
      name === 'SMTP'
        ? 'check the user and the password in SMTP_URL'
        : 'check the access key; its IAM user needs the policy of `npx injeung iam-policy smtp`',
    );
  if (code === 'ETLS')
    return fail(
      name,
      `${server} does not offer TLS with a trusted certificate`,
      'check the port and SMTP_CA_FILE',
    );
  return fail(name, `${server} cannot be used (${what})`, 'check host, port, certificate and firewall');
}
