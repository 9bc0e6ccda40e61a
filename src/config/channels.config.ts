import { type Mailbox } from '../channels/email/mailbox';
import { sesSmtpFaults } from '../channels/email/ses-smtp-credentials';
import { parseEmail } from '../verification/recipient';
import { type Environment } from './environment';

const EMAIL_PROVIDERS = ['inbox', 'ses', 'ses-smtp', 'smtp'] as const;
const SMS_PROVIDERS = ['inbox', 'sens'] as const;
/** Written alone, it switches a channel off. */
const NONE = 'none';
const SENS_PUBLIC_ENDPOINT = 'https://sens.apigw.ntruss.com';

export type EmailProviderName = (typeof EMAIL_PROVIDERS)[number];
export type SmsProviderName = (typeof SMS_PROVIDERS)[number];

export interface ChannelSettings {
  /** In order of failover; none when the channel is off. */
  emailProviders: readonly EmailProviderName[];
  smsProviders: readonly SmsProviderName[];
  brandName: string;
  emailFrom: Mailbox;
  emailReplyTo: string | null;
  /** Where the operator's templates lie, or null for the built-in ones alone. */
  templatesDir: string | null;
  /** The domain of the WebOTP line in SMS, or null for none. */
  webOtpDomain: string | null;
  /** Whether a text over 90 bytes may go as LMS, which costs more. */
  allowLms: boolean;
  /** How long a provider may take for one call; a third of a lease at most. */
  sendTimeoutMs: number;
  sendConcurrency: number;
  ses: { region: string; configurationSet: string | null };
  /** The SNS topic whose events are believed, or null for none. */
  sesTopicArn: string | null;
  sesSmtp: { host: string | null; port: number; accessKeyId: string; secretAccessKey: string };
  smtpUrl: string;
  /** A PEM file with the authority that signed the SMTP server's certificate, or null for the usual ones. */
  smtpCaFile: string | null;
  sens: { endpoint: string; serviceId: string; accessKey: string; secretKey: string; from: string };
}

export function readChannels(env: Environment, production: boolean): ChannelSettings {
  const emailProviders = readProviders(env, 'EMAIL_PROVIDER', EMAIL_PROVIDERS, production);
  const smsProviders = readProviders(env, 'SMS_PROVIDER', SMS_PROVIDERS, production);
  const region = env.text('AWS_REGION') ?? env.text('AWS_DEFAULT_REGION') ?? 'ap-northeast-2';
  const delivers = emailProviders.some((name) => name !== 'inbox');
  return {
    emailProviders,
    smsProviders,
    brandName: readBrandName(env),
    emailFrom: readFrom(env, delivers),
    emailReplyTo: env.text('EMAIL_REPLY_TO') && readMailbox(env, 'EMAIL_REPLY_TO').address,
    templatesDir: env.text('TEMPLATES_DIR'),
    webOtpDomain: readDomain(env, 'SMS_WEBOTP_DOMAIN'),
    allowLms: env.flag('SMS_ALLOW_LMS'),
    sendTimeoutMs: env.integer('SEND_TIMEOUT_MS', 10_000, 100, 10_000),
    sendConcurrency: env.integer('SEND_CONCURRENCY', 32, 1, 1_000),
    ses: { region, configurationSet: env.text('SES_CONFIGURATION_SET') },
    sesTopicArn: readTopic(env, 'SES_TOPIC_ARN'),
    sesSmtp: readSesSmtp(env, emailProviders.includes('ses-smtp'), region),
    smtpUrl: readSmtpUrl(env, emailProviders.includes('smtp')),
    smtpCaFile: env.text('SMTP_CA_FILE'),
    sens: readSens(env, smsProviders.includes('sens')),
  };
}

function readProviders<T extends string>(
  env: Environment,
  variable: string,
  choices: readonly ('inbox' | T)[],
  production: boolean,
): ('inbox' | T)[] {
  if (env.text(variable) === NONE) return [];
  const providers = env.someOf(variable, choices, 'inbox');
  if (production && providers.includes('inbox')) {
    env.fault(variable, 'must not be inbox in production; none switches the channel off');
  }
  return providers;
}

/** A FIFO topic (`.fifo`) delivers to no webhook. */
function readTopic(env: Environment, variable: string): string | null {
  const arn = env.text(variable);
  if (arn !== null && !/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/.test(arn))
    env.fault(variable, 'must be the ARN of a standard SNS topic: arn:aws:sns:<region>:<account>:<name>');
  return arn;
}

function readSesSmtp(env: Environment, used: boolean, region: string): ChannelSettings['sesSmtp'] {
  const host = env.text('SES_SMTP_HOST');
  const port = env.integer('SES_SMTP_PORT', 587, 1, 65_535);
  if (!used) return { host, port, accessKeyId: '', secretAccessKey: '' };
  const why = 'by EMAIL_PROVIDER=ses-smtp';
  const accessKeyId = env.required('AWS_ACCESS_KEY_ID', why);
  const secretAccessKey = env.required('AWS_SECRET_ACCESS_KEY', why);
  for (const { field, message } of sesSmtpFaults({ accessKeyId, region })) {
    env.fault(field === 'region' ? 'AWS_REGION' : 'AWS_ACCESS_KEY_ID', message);
  }
  return { host, port, accessKeyId, secretAccessKey };
}

function readSmtpUrl(env: Environment, used: boolean): string {
  const url = env.url('SMTP_URL', ['smtp:', 'smtps:']);
  if (used && url === null && env.text('SMTP_URL') === null)
    env.fault('SMTP_URL', 'is required by EMAIL_PROVIDER=smtp');
  return url ?? '';
}

function readSens(env: Environment, used: boolean): ChannelSettings['sens'] {
  const read = (variable: string) =>
    used ? env.required(variable, 'by SMS_PROVIDER=sens') : (env.text(variable) ?? '');
  const from = read('SENS_FROM').replace(/[\s-]/g, '');
  if (from !== '' && !/^\d{4,16}$/.test(from)) env.fault('SENS_FROM', 'must be a sender number in digits');
  return {
    endpoint: env.url('SENS_ENDPOINT', ['https:', 'http:']) ?? SENS_PUBLIC_ENDPOINT,
    serviceId: read('SENS_SERVICE_ID'),
    accessKey: read('SENS_ACCESS_KEY'),
    secretKey: read('SENS_SECRET_KEY'),
    from,
  };
}

function readBrandName(env: Environment): string {
  const brand = env.text('BRAND_NAME') ?? '';

  if (/[\u0000-\u001f\u007f]/.test(brand)) env.fault('BRAND_NAME', 'must not contain control characters');
  return brand;
}

function readFrom(env: Environment, required: boolean): Mailbox {
  if (env.text('EMAIL_FROM')) return readMailbox(env, 'EMAIL_FROM');
  if (required) env.fault('EMAIL_FROM', 'is required to send e-mail');
  return { name: null, address: 'inbox@localhost' };
}

function readMailbox(env: Environment, variable: string): Mailbox {
  const [, name, inBrackets, bare] =
    /^(?:(.*?)\s*<([^<>]+)>|([^<>\s]+))$/.exec(env.text(variable) ?? '') ?? [];
  try {
    const { canonical } = parseEmail(inBrackets ?? bare ?? '', variable);
    return { name: name?.replace(/^"(.*)"$/, '$1') || null, address: canonical };
  } catch {
    env.fault(variable, 'must be an e-mail address, or a name and an address: Name <user@example.com>');
    return { name: null, address: '' };
  }
}

function readDomain(env: Environment, variable: string): string | null {
  const domain = env.text(variable);
  if (domain !== null && !/^([a-z0-9-]+\.)+[a-z0-9-]+$/.test(domain))
    env.fault(variable, 'must be a domain name');
  return domain;
}
