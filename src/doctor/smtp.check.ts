import { readFileSync } from 'node:fs';
import { tryLogin } from '../channels/smtp/smtp-login';
import { sesSmtpOptions, type SmtpOptions, smtpOptionsFromUrl } from '../channels/smtp/smtp-options';
import { type ChannelSettings } from '../channels/channel-settings';
import { type Config } from '../config/config';
import { type Check, fail, type Finding, ok } from './check';
import { reasonOf } from '../shared/errors';

/** One for each SMTP server in use. */
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
    return [fail(name, `SMTP_CA_FILE cannot be read: ${reasonOf(error)}`, 'name a PEM file')];
  }
  const options = optionsWith(ca);
  const server = `${options.host}:${options.port}`;
  try {
    await tryLogin(options);
    return [ok(name, `${server} lets us in${options.auth ? '' : ' (no login is set)'}`)];
  } catch (error) {
    return [trouble(name, server, error)];
  }
}

function trouble(name: string, server: string, error: unknown): Finding {
  const { code, responseCode } = error as { code?: string; responseCode?: number };
  const what = responseCode ?? code ?? 'no answer';
  if (code === 'EAUTH')
    return fail(
      name,
      `${server} refuses the login (${what})`,
      name === 'SMTP'
        ? 'look at the user and password in SMTP_URL'
        : 'the key needs `npx injeung iam-policy smtp`, in the region of AWS_REGION',
    );
  if (code === 'ETLS')
    return fail(name, `${server} offers no trusted TLS`, 'look at the port, and at SMTP_CA_FILE');
  return fail(name, `${server} cannot be used (${what})`, 'look at host, port, certificate and firewall');
}
