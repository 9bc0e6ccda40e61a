import { checkCompanions } from '../../src/sending-domain/dns/companion-check';
import { checkDkimRecord, type DkimDnsCheck } from '../../src/sending-domain/dkim/dkim-dns-check';
import { generateDkimKey } from '../../src/sending-domain/dkim/dkim-private-key';
import { dkimRecord } from '../../src/sending-domain/dkim/dkim-record';
import { SystemDnsResolver } from '../../src/sending-domain/dns/dns-resolver';
import { FakeDns } from '../support/fake-dns';

const DOMAIN = 'mail.example.com';
const NAME = `s1._domainkey.${DOMAIN}`;
const NOW_MS = Date.parse('2026-11-21T12:00:00Z');

let dns: FakeDns;
let key: string;
let otherKey: string;

beforeAll(async () => {
  key = (await generateDkimKey(2048)).publicKeyBase64;
  otherKey = (await generateDkimKey(2048)).publicKeyBase64;
});

beforeEach(async () => {
  dns = await FakeDns.start();
});

afterEach(() => dns.close());

function check(options: { servers?: string[]; timeoutMs?: number } = {}): Promise<DkimDnsCheck> {
  const resolver = new SystemDnsResolver({ servers: [dns.address], ...options });
  return checkDkimRecord({ domain: DOMAIN, selector: 's1', publicKeyBase64: key }, resolver, {
    now: () => NOW_MS,
  });
}

function codes(findings: { code: string }[]): string[] {
  return findings.map(({ code }) => code);
}

const RIGHT = { published: true, matches: true, problems: [], notes: [] };

describe('the DNS check of a correct DKIM record', () => {
  it('matches in the two strings that the API returns', async () => {
    const { strings, value } = dkimRecord(DOMAIN, 's1', key);
    dns.set(NAME, { TXT: [strings] });
    expect(await check()).toEqual({ ...RIGHT, found: [value], checkedAt: new Date(NOW_MS) });
  });

  it.each([
    ['p= alone, as SES shows it', () => `p=${key}`],
    ['other order, blanks and a semicolon at the end', () => ` v=DKIM1 ;p=${key} ; k=rsa; `],
    ['tags nobody knows', () => `v=DKIM1; n=made in November; x=1; p=${key}`],
    ['the hash and service that SES needs', () => `v=DKIM1; h=sha1:sha256; s=email; p=${key}`],
  ])('matches with %s', async (_form, value) => {
    dns.set(NAME, { TXT: [value().match(/.{1,255}/g)!] });
    expect(await check()).toMatchObject(RIGHT);
  });

  it('matches when its strings are split at unusual positions', async () => {
    dns.set(NAME, {
      TXT: [['v=DKIM1; k=r', `sa; p=${key.slice(0, 100)}`, key.slice(100, 300), key.slice(300)]],
    });
    expect(await check()).toMatchObject(RIGHT);
  });

  it('matches when the answer is so long that it is sent over TCP', async () => {
    const long = `v=DKIM1; p=${key}; n=${'long '.repeat(300)}end`;
    dns.set(NAME, { TXT: [long.match(/[^]{1,255}/g)!] });
    expect(await check()).toMatchObject({ ...RIGHT, found: [long] });
    expect(dns.queries).toContainEqual({ name: NAME, type: 'TXT', transport: 'TCP' });
  });

  it('matches through an alias, with a note', async () => {
    dns.set(NAME, { CNAME: 'keys.example.net' });
    dns.set('keys.example.net', { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { notes, ...found } = await check();
    expect(found).toMatchObject({ published: true, matches: true, problems: [] });
    expect(notes).toEqual([{ code: 'CNAME', message: expect.stringContaining('keys.example.net') }]);
  });

  it('matches with spaces inside the key, with a note', async () => {
    dns.set(NAME, { TXT: [[`p=${key.slice(0, 200)}`, ` ${key.slice(200)}`]] });
    const { matches, problems, notes } = await check();
    expect([matches, problems, codes(notes)]).toEqual([true, [], ['QUOTES_OR_BLANKS']]);
  });

  it.each(['t=y', 't=s', 't=y:s', 'g=*'])('matches with %s, with a note', async (tag) => {
    dns.set(NAME, { TXT: [[`v=DKIM1; ${tag};`, `p=${key.slice(0, 200)}`, key.slice(200)]] });
    const { matches, problems, notes } = await check();
    expect([matches, problems]).toEqual([true, []]);
    expect(codes(notes)).toContain('WRONG_TAGS');
  });

  it('matches when it is published twice in two forms, with a note', async () => {
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings, `p=${key}`.match(/.{1,255}/g)!] });
    const { matches, found, notes } = await check();
    expect([matches, found.length, codes(notes)]).toEqual([true, 2, ['MULTIPLE_RECORDS']]);
  });
});

describe('the DNS check of a wrong DKIM record', () => {
  it.each([
    ['DIFFERENT_KEY', 'another key', () => [`v=DKIM1; k=rsa; p=${otherKey}`]],
    ['DIFFERENT_KEY', 'lower-cased', () => [`p=${key.toLowerCase()}`]],
    ['TRUNCATED', '255 characters', () => [`v=DKIM1; k=rsa; p=${key}`.slice(0, 255)]],
    ['QUOTES_OR_BLANKS', 'quotation marks around', () => [`"p=${key}"`]],
    ['QUOTES_OR_BLANKS', 'quotation marks inside', () => [`p=${key.slice(0, 200)}" "${key.slice(200)}`]],
    ['QUOTES_OR_BLANKS', 'backslashes', () => [`v=DKIM1\\; k=rsa\\; p=${key}`]],
    ['MULTIPLE_RECORDS', 'an old key beside', () => [`p=${key}`, `p=${otherKey}`]],
    ['MULTIPLE_RECORDS', 'split', () => [`v=DKIM1; p=${key.slice(0, 200)}`, key.slice(200)]],
    ['REVOKED', 'an empty p=', () => ['v=DKIM1; p=']],
    ['WRONG_TAGS', 'k=ed25519', () => [`v=DKIM1; k=ed25519; p=${key}`]],
    ['WRONG_TAGS', 'h=sha1', () => [`v=DKIM1; h=sha1; p=${key}`]],
    ['WRONG_TAGS', 's=tlsrpt', () => [`v=DKIM1; s=tlsrpt; p=${key}`]],
    ['WRONG_TAGS', 'v=DKIM2', () => [`v=DKIM2; p=${key}`]],
    ['WRONG_TAGS', 'v= last', () => [`p=${key}; v=DKIM1`]],
    ['WRONG_TAGS', 'p= twice', () => [`p=${key}; p=${key}`]],
    ['WRONG_TAGS', 'no p=', () => [key]],
    ['WRONG_TAGS', 'something else', () => ['v=spf1 -all']],
  ])('reports %s: %s', async (code, _what, values) => {
    const texts = values();
    dns.set(NAME, { TXT: texts.map((value) => value.match(/.{1,255}/g)!) });
    const { published, matches, found, problems } = await check();
    expect([published, matches, codes(problems)]).toEqual([true, false, [code]]);
    expect([...found].sort()).toEqual([...texts].sort());
    expect(problems[0]!.message).toMatch(/^.*[.]$/);
  });

  it('reports that the key is split into two records', async () => {
    dns.set(NAME, { TXT: [`p=${key.slice(0, 200)}`, key.slice(200)] });
    expect((await check()).problems[0]!.message).toContain('Together they contain the key');
  });

  it('reports CNAME when the name is an alias without a key', async () => {
    dns.set(NAME, { CNAME: 's1.dkim.amazonses.com' });
    const { published, matches, problems } = await check();
    expect([published, matches, codes(problems)]).toEqual([false, false, ['CNAME']]);
    expect(problems[0]!.message).toContain('Easy DKIM');
  });

  it('reports CNAME and DIFFERENT_KEY when an alias leads to another key', async () => {
    dns.set(NAME, { CNAME: 'keys.example.net' });
    dns.set('keys.example.net', { TXT: [`p=${otherKey}`.match(/.{1,255}/g)!] });
    expect(codes((await check()).problems)).toEqual(['DIFFERENT_KEY', 'CNAME']);
  });
});

describe('the DNS check of a missing DKIM record', () => {
  it.each([
    ['the name does not exist', 'other.example.com'],
    ['the name has names below it', `below.${NAME}`],
  ])('reports MISSING when %s', async (_why, elsewhere) => {
    dns.set(elsewhere, { A: ['192.0.2.1'] });
    const { published, matches, found, problems } = await check();
    expect([published, matches, found, codes(problems)]).toEqual([false, false, [], ['MISSING']]);
  });

  it('reports MISSING when the name has only records of other types', async () => {
    dns.set(NAME, { A: ['192.0.2.1'] });
    expect(codes((await check()).problems)).toEqual(['MISSING']);
  });

  it.each([
    ['NAME_DOUBLED', `${NAME}.${DOMAIN}`],
    ['NAME_DOUBLED', `${NAME}.example.com`],
    ['MISPLACED', `s1.domainkey.${DOMAIN}`],
    ['MISPLACED', `s1_domainkey.${DOMAIN}`],
    ['MISPLACED', `_domainkey.s1.${DOMAIN}`],
    ['MISPLACED', `s1.${DOMAIN}`],
    ['MISPLACED', 's1._domainkey.example.com'],
  ])('reports %s for the name %s', async (code, place) => {
    dns.set(place, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { published, problems } = await check();
    expect([published, codes(problems)]).toEqual([false, ['MISSING', code]]);
    expect(problems[1]!.message).toContain(place);
  });

  it("does not search for the key in another key's record", async () => {
    dns.set(`s1.${DOMAIN}`, { TXT: [`p=${otherKey}`.match(/.{1,255}/g)!] });
    expect(codes((await check()).problems)).toEqual(['MISSING']);
  });
});

describe('the DNS check with failing name servers', () => {
  it.each(['SERVFAIL', 'REFUSED', 'SILENCE'] as const)(
    'reports DNS_UNREACHABLE instead of a missing record: %s',
    async (failure) => {
      dns.failWith(failure);
      const { published, matches, problems } = await check({ timeoutMs: 300 });
      expect([published, matches, codes(problems)]).toEqual([false, false, ['DNS_UNREACHABLE']]);
    },
  );

  it('reports DNS_UNREACHABLE when no server has the address', async () => {
    const gone = await FakeDns.start();
    await gone.close();
    const { problems } = await check({ servers: [gone.address], timeoutMs: 300 });
    expect(codes(problems)).toEqual(['DNS_UNREACHABLE']);
  });

  it('reports DNS_UNREACHABLE when the name of the server cannot be resolved', async () => {
    const { problems } = await check({ servers: ['no-such-host.invalid:53'], timeoutMs: 300 });
    expect(codes(problems)).toEqual(['DNS_UNREACHABLE']);
  });

  it('accepts a server by a name that this machine can resolve', async () => {
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    expect(await check({ servers: [`localhost:${dns.port}`] })).toMatchObject(RIGHT);
  });

  it('adds a note when one of two servers does not answer', async () => {
    const silent = await FakeDns.start();
    silent.failWith('SILENCE');
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { matches, problems, notes } = await check({
      servers: [dns.address, silent.address],
      timeoutMs: 1000,
    });
    await silent.close();
    expect([matches, problems, codes(notes)]).toEqual([true, [], ['SERVER_SILENT']]);
    expect(notes[0]!.message).toContain(silent.address);
  });

  it('reports SERVERS_DISAGREE and no match when one of two servers has no record yet', async () => {
    const behind = await FakeDns.start();
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { published, matches, problems } = await check({ servers: [dns.address, behind.address] });
    await behind.close();
    expect([published, matches]).toEqual([true, false]);
    expect(codes(problems)).toEqual(['MISSING', 'SERVERS_DISAGREE']);
  });
});

describe('the authoritative name servers', () => {
  // The zone's server has the address 127.0.0.1; `system` is the system's resolver.
  let system: FakeDns;

  beforeEach(async () => {
    system = await FakeDns.start();
    system.set('example.com', { NS: ['ns1.example.net'] });
    system.set('ns1.example.net', { A: ['127.0.0.1'] });
  });

  afterEach(() => system.close());

  function checkZone(): Promise<DkimDnsCheck> {
    const resolver = new SystemDnsResolver({
      servers: [],
      systemServers: [system.address],
      authoritativePort: dns.port,
      timeoutMs: 1000,
    });
    return checkDkimRecord({ domain: DOMAIN, selector: 's1', publicKeyBase64: key }, resolver);
  }

  it("decide when the system's resolver still caches that the record does not exist", async () => {
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { matches, problems, notes } = await checkZone();
    expect([matches, problems, codes(notes)]).toEqual([true, [], ['SERVERS_DISAGREE']]);
    expect(notes[0]!.message).toContain('ns1.example.net (127.0.0.1)');
  });

  it("decide when the system's resolver still caches a record that was deleted", async () => {
    system.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { matches, problems } = await checkZone();
    expect([matches, codes(problems)]).toEqual([false, ['MISSING']]);
  });

  it('are the servers of the closest zone that contains the name', async () => {
    const other = { NS: ['ns1.other.example'] };
    system.set('example.com', other);
    system.set(`_domainkey.${DOMAIN}`, { NS: ['ns1.example.net'] });
    dns.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    expect((await checkZone()).matches).toBe(true);
  });

  it("are replaced by the system's resolver when they do not answer", async () => {
    dns.failWith('SILENCE');
    system.set(NAME, { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { matches, notes } = await checkZone();
    expect([matches, codes(notes)]).toEqual([true, ['SERVER_SILENT']]);
  });

  it("are not used for an alias into another zone, which the system's resolver follows", async () => {
    dns.set(NAME, { CNAME: 'keys.example.org' });
    system.set(NAME, { CNAME: 'keys.example.org' });
    system.set('keys.example.org', { TXT: [dkimRecord(DOMAIN, 's1', key).strings] });
    const { matches, problems, notes } = await checkZone();
    expect([matches, problems, codes(notes)]).toEqual([true, [], ['CNAME']]);
  });
});

describe('the companion records in DNS', () => {
  const MAIL_FROM = `bounce.${DOMAIN}`;
  const companions = async ({ timeoutMs = 5000, mailFromStatus = null as string | null } = {}) => {
    const resolver = new SystemDnsResolver({ servers: [dns.address], timeoutMs });
    const target = { domain: DOMAIN, mailFromDomain: MAIL_FROM, mailFromStatus };
    return checkCompanions(target, 'ap-northeast-2', resolver);
  };
  const problemsOf = async (purpose: string) =>
    (await companions()).find(({ record }) => record.purpose === purpose)!.problems.map(({ code }) => code);
  const MX = { preference: 10, exchange: 'feedback-smtp.ap-northeast-2.amazonses.com' };
  const SPF = 'v=spf1 include:amazonses.com ~all';

  it('are found when they are published, DMARC also at a parent domain', async () => {
    dns.set(MAIL_FROM, { MX: [MX], TXT: ['something else', SPF] });
    dns.set('_dmarc.example.com', { TXT: ['v=DMARC1; p=reject; rua=mailto:dmarc@example.com'] });
    const checks = await companions();
    expect(checks.map(({ record, status, problems }) => [record.purpose, status, problems])).toEqual([
      ['MAIL_FROM_MX', 'FOUND', []],
      ['MAIL_FROM_SPF', 'FOUND', []],
      ['DMARC', 'FOUND', []],
    ]);
  });

  it.each([
    [null, false, /setMailFromDomain/],
    ['PENDING', false, /status is PENDING/],
    ['CLOUDY', false, /status is CLOUDY/],
    ['SUCCESS', true, null],
  ] as const)(
    'are found and used only when SES uses the MAIL FROM domain: status %s',
    async (mailFromStatus, used, advice) => {
      dns.set(MAIL_FROM, { MX: [MX], TXT: [SPF] });
      dns.set(`_dmarc.${DOMAIN}`, { TXT: ['v=DMARC1; p=none'] });
      const [mx, spf, dmarc] = await companions({ mailFromStatus });
      for (const check of [mx!, spf!]) {
        expect(check).toMatchObject({ status: 'FOUND', used });
        expect(check.advice ?? '').toMatch(advice ?? /^$/);
      }
      expect(dmarc).toMatchObject({ status: 'FOUND', used: true, advice: null });
    },
  );

  it('are missing and not used when nothing is published', async () => {
    const checks = await companions({ mailFromStatus: 'SUCCESS' });
    expect(checks.map(({ status, used }) => [status, used])).toEqual([
      ['MISSING', false],
      ['MISSING', false],
      ['MISSING', false],
    ]);
  });

  it('are wrong with a second MX record, a second SPF record or a DMARC record without a policy', async () => {
    dns.set(MAIL_FROM, {
      MX: [MX, { preference: 20, exchange: 'mx.example.com' }],
      TXT: [SPF, 'v=spf1 -all'],
    });
    dns.set(`_dmarc.${DOMAIN}`, { TXT: ['v=DMARC1; rua=mailto:dmarc@example.com'] });
    expect((await companions()).map(({ status }) => status)).toEqual(['WRONG', 'WRONG', 'WRONG']);
  });

  it.each([
    ['MULTIPLE_RECORDS', [MX, { preference: 20, exchange: 'mx.example.com' }]],
    ['WRONG_HOST', [{ preference: 10, exchange: 'mx.example.com' }]],
    ['WRONG_HOST', [{ preference: 10, exchange: 'feedback-smtp.us-east-1.amazonses.com' }]],
    ['WRONG_HOST', [{ preference: 0, exchange: '.' }]],
    ['WRONG_PRIORITY', [{ ...MX, preference: 20 }]],
  ])('have an MX record with the problem %s: %j', async (code, records) => {
    dns.set(MAIL_FROM, { MX: records });
    expect(await problemsOf('MAIL_FROM_MX')).toEqual([code]);
  });

  it.each([
    ['MISSING', ['something else']],
    ['MULTIPLE_RECORDS', [SPF, 'v=spf1 -all']],
    ['SES_NOT_ALLOWED', ['v=spf1 include:spf.example.net ~all']],
    ['SES_NOT_ALLOWED', ['v=spf1 -include:amazonses.com ~all']],
    ['SES_NOT_ALLOWED', ['v=spf1 ~all include:amazonses.com']],
    ['SES_NOT_ALLOWED', ['v=spf1']],
  ])('have an SPF record with the problem %s: %j', async (code, TXT) => {
    dns.set(MAIL_FROM, { TXT });
    expect(await problemsOf('MAIL_FROM_SPF')).toEqual([code]);
  });

  it.each(['v=spf1 +include:AMAZONSES.com -all', 'V=SPF1 a include:other.example include:amazonses.com'])(
    'have an SPF record in another correct form: %s',
    async (text) => {
      dns.set(MAIL_FROM, { TXT: [text] });
      expect(await problemsOf('MAIL_FROM_SPF')).toEqual([]);
    },
  );

  it('are reported at the name where a DNS panel that appends the domain has put them', async () => {
    dns.set(`${MAIL_FROM}.${DOMAIN}`, { MX: [MX] });
    dns.set(`${MAIL_FROM}.example.com`, { TXT: [SPF] });
    expect(await problemsOf('MAIL_FROM_MX')).toEqual(['MISSING', 'NAME_DOUBLED']);
    expect(await problemsOf('MAIL_FROM_SPF')).toEqual(['MISSING', 'NAME_DOUBLED']);
  });

  it('are reported as an alias when the name is one', async () => {
    dns.set(MAIL_FROM, { CNAME: 'parked.example.net' });
    expect(await problemsOf('MAIL_FROM_MX')).toEqual(['MISSING', 'CNAME']);
  });

  it('are unknown when no name server answers', async () => {
    dns.failWith('SILENCE');
    const checks = await companions({ timeoutMs: 300 });
    expect(checks.map(({ status, problems }) => [status, problems[0]!.code])).toEqual([
      ['UNKNOWN', 'DNS_UNREACHABLE'],
      ['UNKNOWN', 'DNS_UNREACHABLE'],
      ['UNKNOWN', 'DNS_UNREACHABLE'],
    ]);
  });

  it('are wrong while the name servers return different records', async () => {
    const other = await FakeDns.start();
    dns.set(MAIL_FROM, { MX: [MX] });
    const resolver = new SystemDnsResolver({ servers: [dns.address, other.address] });
    const target = { domain: DOMAIN, mailFromDomain: MAIL_FROM, mailFromStatus: null };
    const [mx] = await checkCompanions(target, 'ap-northeast-2', resolver);
    expect(mx).toMatchObject({ status: 'WRONG', found: [`10 ${MX.exchange}`] });
    expect(mx!.problems.map(({ code }) => code)).toEqual(['MISSING', 'SERVERS_DISAGREE']);
    await other.close();
  });
});
