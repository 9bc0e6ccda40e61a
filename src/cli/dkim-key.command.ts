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
    .description('make a DKIM key: the private half goes to a file, the record to publish is printed')
    .requiredOption('--domain <domain>', 'domain that the mail is from')
    .option('--selector <selector>', 'name of the key under the domain (default: dated and unique)')
    .option('--bits <bits>', 'RSA modulus, 1024 to 2048 in steps of 8', '2048')
    .option(
      '--out <file>',
      'file to make, readable by its owner only (default: <selector>._domainkey.<domain>.pem)',
    )
    .option('--json', 'print the record as JSON')
    .addHelpText('after', '\nA file that exists is never written over. Bring the key to SES as BYODKIM.')
    .action(async (options: Options) => {
      const { domain, selector } = readNames(options);
      const key = await makeKey(Number(options.bits));
      const record = dkimRecord(domain, selector, key.publicKeyBase64);
      const file = options.out ?? `${record.name}.pem`;
      // wx: the file must not be there yet, so that no key is lost and no one else's permissions stay on it.
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
