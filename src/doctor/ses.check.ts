import { type Config } from '../config/config';
import { type DnsResolver } from '../sending-domain/dns/dns-resolver';
import { SesIdentities } from '../sending-domain/ses/ses-identities';
import { AppError } from '../shared/errors';
import { type Check, fail, type Finding, warn } from './check';
import { accountFindings } from './ses-account.check';
import { identityFindings } from './ses-identity.check';

const NAME = 'SES';

/** Signs in to SES, and checks the account and the identity of the sender. */
export function sesCheck({ channels }: Config, resolver: DnsResolver, callsPerSecond?: number): Check {
  const run = async () => {
    const ses = new SesIdentities({ region: channels.ses.region, callsPerSecond });
    try {
      const account = await findingsOrFailure('ses:GetAccount', async () =>
        accountFindings(await ses.account(), channels),
      );
      // Both checks may fail for the same reason, which is reported once.
      if (account.some(({ check, status }) => check === NAME && status === 'FAIL')) return account;
      const identity = await findingsOrFailure('ses:GetEmailIdentity', () =>
        identityFindings(ses, channels, resolver),
      );
      return [...account, ...identity];
    } finally {
      ses.close();
    }
  };
  return { name: NAME, run };
}

async function findingsOrFailure(action: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [failedCall(action, error)];
  }
}

function failedCall(action: string, { message, extensions }: AppError): Finding {
  const name = typeof extensions.name === 'string' ? extensions.name : '';
  const said = typeof extensions.message === 'string' ? extensions.message : name;
  if (name === 'CredentialsProviderError')
    return fail(
      NAME,
      'no AWS credentials were found',
      'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine an IAM role',
    );
  if (/AccessDenied/.test(name))
    return warn(
      NAME,
      `the credentials do not permit this check (${action})`,
      '`npx injeung iam-policy` prints the policies; messages can be sent without this permission',
    );
  if (/Signature|UnrecognizedClient|InvalidClientToken|ExpiredToken|MissingAuthentication/.test(name))
    return fail(
      NAME,
      `SES refuses the credentials (${name})`,
      'check the access key, AWS_REGION and the clock',
    );
  if (extensions.unanswered === true)
    return fail(
      NAME,
      `SES does not answer (${said})`,
      'check AWS_REGION, and whether the firewall allows HTTPS to AWS',
    );
  return fail(NAME, message, 'see the Amazon SES console');
}
