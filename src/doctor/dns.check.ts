import { type DnsResolver } from '../sending-domain/dns/dns-resolver';
import { type Check, fail, ok, warn } from './check';

/** Checks whether the name servers for DKIM look-ups answer, with a query for the sender domain. */
export function dnsCheck(domain: string, resolver: DnsResolver): Check {
  const name = 'DNS';
  const run = async () => {
    const answers = await resolver.begin().ask(domain, 'TXT');
    const silent = answers.filter(({ outcome }) => outcome === 'TIMEOUT' || outcome === 'SERVFAIL');
    const names = silent.map(({ server }) => server).join(', ');
    const advice = 'check DNS_SERVERS, and whether the firewall allows UDP and TCP to port 53';
    if (silent.length === answers.length)
      return [fail(name, `no name server answers for ${domain}: ${names}`, advice)];
    if (silent.length > 0)
      return [warn(name, `some name servers do not answer for ${domain}: ${names}`, advice)];
    return [ok(name, `all name servers answer: ${answers.map(({ server }) => server).join(', ')}`)];
  };
  return { name, run };
}
