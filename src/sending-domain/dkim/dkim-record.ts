import { dkimName } from './dkim-selector';

/** A record to publish. `zoneLine` is one line of a zone file (RFC 1035, section 5.1). */
export interface DnsRecord {
  name: string;
  type: 'TXT' | 'CNAME' | 'MX';
  /** As DNS panels expect it: TXT without quotation marks, MX as `10 host`, no dot at the end. */
  value: string;
  zoneLine: string;
}

export interface TxtRecord extends DnsRecord {
  type: 'TXT';
  /**
   * `value` in parts of at most 255 bytes, for panels that require it. DNS joins the parts without a
   * separator.
   */
  strings: string[];
}

export interface CompanionRecord extends DnsRecord {
  /** What the record is for. */
  purpose: 'MAIL_FROM_MX' | 'MAIL_FROM_SPF' | 'DMARC';
}

// RFC 1035, section 3.3: the length of a character-string is one byte.
const MAX_STRING_BYTES = 255;
const TTL_SECONDS = 3600;
// The zone of Easy DKIM if GetEmailIdentity names none (Amazon SES Developer Guide, "Easy DKIM").
const EASY_DKIM_ZONE = 'dkim.amazonses.com';

/** The TXT record that publishes a DKIM key (RFC 6376, section 3.6.1). `domain` and `selector` are canonical. */
export function dkimRecord(domain: string, selector: string, publicKeyBase64: string): TxtRecord {
  return txtRecord(dkimName(domain, selector), `v=DKIM1; k=rsa; p=${publicKeyBase64}`);
}

/**
 * The CNAME records that Easy DKIM requires, one for each token.
 *
 * @param signingHostedZone as GetEmailIdentity returns it; null when it returns none.
 */
export function easyDkimRecords(
  domain: string,
  tokens: readonly string[],
  signingHostedZone: string | null = null,
): DnsRecord[] {
  const zone = (signingHostedZone || EASY_DKIM_ZONE).replace(/\.$/, '');
  return tokens.map((token) => {
    const name = `${token}._domainkey.${domain}`;
    const value = `${token}.${zone}`;
    return { name, type: 'CNAME', value, zoneLine: zoneLine(name, 'CNAME', `${value}.`) };
  });
}

/**
 * The records that a sending domain should have besides DKIM: its own MAIL FROM domain, so that SPF aligns
 * (Amazon SES Developer Guide, "Using a custom MAIL FROM domain"), and a DMARC policy (RFC 7489), the least
 * strict one to start with.
 */
export function companionRecords(domain: string, region: string, mailFrom: string): CompanionRecord[] {
  const exchange = `10 feedback-smtp.${region}.amazonses.com`;
  return [
    {
      purpose: 'MAIL_FROM_MX',
      name: mailFrom,
      type: 'MX',
      value: exchange,
      zoneLine: zoneLine(mailFrom, 'MX', `${exchange}.`),
    },
    { purpose: 'MAIL_FROM_SPF', ...txtRecord(mailFrom, 'v=spf1 include:amazonses.com ~all') },
    { purpose: 'DMARC', ...txtRecord(`_dmarc.${domain}`, 'v=DMARC1; p=none') },
  ];
}

function txtRecord(name: string, value: string): TxtRecord {
  // Every value here is ASCII, so a character is a byte.
  const strings = value.match(new RegExp(`.{1,${MAX_STRING_BYTES}}`, 'g')) ?? [''];
  const data = strings.map((string) => `"${string.replace(/["\\]/g, '\\$&')}"`).join(' ');
  return { name, type: 'TXT', value, strings, zoneLine: zoneLine(name, 'TXT', data) };
}

function zoneLine(name: string, type: DnsRecord['type'], data: string): string {
  return `${name}. ${TTL_SECONDS} IN ${type} ${data}`;
}
