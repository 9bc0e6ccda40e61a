import { createHmac } from 'node:crypto';

/** Regions with an SES SMTP endpoint (AWS General Reference, "Amazon SES endpoints and quotas"). */
const SES_SMTP_REGIONS: readonly string[] = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ap-south-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'eu-north-1',
  'sa-east-1',
  'us-gov-west-1',
  'us-gov-east-1',
];

export type SmtpSecurity = 'STARTTLS' | 'TLS';

/** STARTTLS upgrades a plain connection; TLS encrypts from the first byte. */
export const SES_SMTP_PORTS: readonly { port: number; security: SmtpSecurity }[] = [
  { port: 25, security: 'STARTTLS' },
  { port: 587, security: 'STARTTLS' },
  { port: 2587, security: 'STARTTLS' },
  { port: 465, security: 'TLS' },
  { port: 2465, security: 'TLS' },
];

export function sesSmtpHost(region: string): string {
  return `email-smtp.${region}.amazonaws.com`;
}

/**
 * Derives the SMTP password of an AWS secret access key in one region (Amazon SES Developer Guide, "Obtaining Amazon
 * SES SMTP credentials by converting existing AWS credentials"). The user name is the access key id.
 */
export function deriveSmtpPassword(secretAccessKey: string, region: string): string {
  const steps = ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'];
  const key = steps.reduce<Buffer>(hmacSha256, Buffer.from(`AWS4${secretAccessKey}`));
  const version = Buffer.from([0x04]);
  return Buffer.concat([version, key]).toString('base64');
}

/** Returns why SES would refuse these credentials by SMTP, by field. Empty when no reason is known. */
export function sesSmtpFaults(given: {
  accessKeyId: string;
  region: string;
}): { field: 'accessKeyId' | 'region'; message: string }[] {
  const faults: { field: 'accessKeyId' | 'region'; message: string }[] = [];
  if (given.accessKeyId.startsWith('ASIA')) {
    const message =
      'must be the permanent key of an IAM user: SES does not accept temporary credentials (ASIA...) by SMTP';
    faults.push({ field: 'accessKeyId', message });
  }
  if (!SES_SMTP_REGIONS.includes(given.region)) {
    faults.push({ field: 'region', message: 'must be a region with an SES SMTP endpoint' });
  }
  return faults;
}

function hmacSha256(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
