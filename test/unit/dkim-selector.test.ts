import {
  defaultSelector,
  dkimName,
  DnsNameError,
  parseDomain,
  parseSelector,
} from '../../src/sending-domain/dkim/dkim-selector';

it.each([
  ['s', 's'],
  ['20261121', '20261121'],
  ['Mail-1', 'mail-1'],
  [' mail\u200b\n', 'mail'],
  ['a'.repeat(63), 'a'.repeat(63)],
])('a DKIM selector is accepted: %s', (typed, selector) => {
  expect(parseSelector(typed)).toBe(selector);
});

it.each(['', '-a', 'a-', 'a.b', 'a_b', 'a b', 'a\nb', '셀렉터', 'a'.repeat(64), '*', '\u212a'])(
  'a DKIM selector is refused: %j',
  (typed) => {
    expect(() => parseSelector(typed)).toThrow(DnsNameError);
  },
);

it('a DKIM selector with a dot is refused with a message about dots', () => {
  expect(() => parseSelector('mail.2026')).toThrow('must not contain dots');
});

it('generated DKIM selectors contain the date in UTC and differ from each other', () => {
  const nowMs = Date.parse('2026-11-21T23:59:59Z');
  const selectors = Array.from({ length: 50 }, () => defaultSelector(nowMs));
  for (const selector of selectors) {
    expect(selector).toMatch(/^ij20261121-[a-z2-9]{4}$/);
    expect(parseSelector(selector)).toBe(selector);
  }
  expect(new Set(selectors).size).toBeGreaterThan(45);
});

it.each([
  ['example.com', 'example.com'],
  ['Mail.Example.COM', 'mail.example.com'],
  ['example.com.', 'example.com'],
  [' example.com\n', 'example.com'],
  ['ｅｘａｍｐｌｅ．ｃｏｍ', 'example.com'],
  ['예시。한국', 'xn--vv4b11d.xn--3e0b707e'],
  ['예시.한국', 'xn--vv4b11d.xn--3e0b707e'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['a-b.c1.co.kr', 'a-b.c1.co.kr'],
])('a sending domain is accepted: %s', (typed, domain) => {
  expect(parseDomain(typed)).toBe(domain);
});

it.each([
  '',
  '.',
  'localhost',
  'com.',
  'example..com',
  '.example.com',
  'example.com..',
  '-a.com',
  'a-.com',
  'exa_mple.com',
  'exa mple.com',
  'example. com',
  'ex%61mple.com',
  'https://example.com',
  'example.com/path',
  'example.com:25',
  'user@example.com',
  '192.0.2.1',
  '[2001:db8::1]',
  `${'a'.repeat(64)}.com`,
  `${'a.'.repeat(126)}com`,
])('a sending domain is refused: %j', (typed) => {
  expect(() => parseDomain(typed)).toThrow(DnsNameError);
});

it('a DKIM record name longer than DNS allows is refused', () => {
  const domain = parseDomain(`${'a.'.repeat(100)}com`);
  expect(dkimName(domain, 's1')).toBe(`s1._domainkey.${domain}`);
  expect(() => dkimName(domain, 's'.repeat(63))).toThrow(DnsNameError);
});
