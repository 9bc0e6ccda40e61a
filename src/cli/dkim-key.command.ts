import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { DkimKeyError, generateDkimKey } from '../sending-domain/dkim/dkim-private-key';
import { dkimRecord } from '../sending-domain/dkim/dkim-record';
import {
  defaultSelector,
  DnsNameError,
  parseDomain,
  parseSelector,
} from '../sending-domain/dkim/dkim-selector';
import { Misuse } from './misuse';

interface Options {
  domain: string;
  selector?: string;
  bits: string;
  out?: string;
  json?: boolean;
}

export function dkimKeyCommand(): Command {
  return new Command('dkim-key')
    .description('generate a DKIM key: write the private key to a file and print the DNS record to publish')
    .requiredOption('--domain <domain>', 'domain of the sender address')
    .option('--selector <selector>', 'DKIM selector (default: an unused one that contains the date)')
    .option('--bits <bits>', 'size of the RSA key in bits, 1024 to 2048 in steps of 8', '2048')
    .option(
      '--out <file>',
      'file to create, readable by its owner only (default: <selector>._domainkey.<domain>.pem)',
    )
    .option('--json', 'print the record as JSON')
    .addHelpText(
      'after',
      '\nAn existing file is never overwritten. Give the key to SES as your own DKIM key (BYODKIM).',
    )
    .action(async (options: Options) => {
      const { domain, selector } = readNames(options);
      const key = await makeKey(Number(options.bits));
      const record = dkimRecord(domain, selector, key.publicKeyBase64);
      const file = options.out ?? `${record.name}.pem`;
      // With wx an existing file is an error. So no key is lost, and the new file cannot inherit wrong
      // permissions.
      writeFileSync(file, pem(key.sesPrivateKey), { mode: 0o600, flag: 'wx' });
      const { name, type, value, strings, zoneLine } = record;
      const json = JSON.stringify({ file, name, type, value, strings, zoneLine }, null, 2);
      process.stdout.write(options.json ? `${json}\n` : `${zoneLine}\n`);
      process.stderr.write(`injeung: the private key is in ${file}\n`);
    });
}

function readNames(options: Options): { domain: string; selector: string } {
  try {
    const domain = parseDomain(options.domain);
    return { domain, selector: parseSelector(options.selector ?? defaultSelector(Date.now())) };
  } catch (error) {
    if (error instanceof DnsNameError) throw new Misuse(`--${error.field} ${error.message}`);
    throw error;
  }
}

async function makeKey(bits: number) {
  try {
    return await generateDkimKey(bits);
  } catch (error) {
    if (error instanceof DkimKeyError) throw new Misuse(`--bits ${error.message}`);
    throw error;
  }
}

/** PKCS#8 as PEM (RFC 7468, section 10). */
function pem(base64: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END PRIVATE KEY-----\n`;
}
