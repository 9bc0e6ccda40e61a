import { clientAddress, readAddress } from '../../src/api/http/client-address';
import { maskRecipient, parseEmail, parsePhone } from '../../src/recipients/recipient';

describe('e-mail addresses', () => {
  it.each([
    ['Kim.Chul@Example.COM', 'Kim.Chul@example.com'],
    [' user@example.com ', 'user@example.com'],
    ['user+tag@example.com', 'user+tag@example.com'],
    ['user@도메인.한국', 'user@xn--hq1bm8jm9l.xn--3e0b707e'],
    ['\u202auser@\u200bexample.com\u202c\r\n', 'user@example.com'],
    ['ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'user@example.com'],
    ['user﹫도메인。한국', 'user@xn--hq1bm8jm9l.xn--3e0b707e'],
    ['user@xn--hq1bm8jm9l.xn--3e0b707e', 'user@xn--hq1bm8jm9l.xn--3e0b707e'],
    ["o'brien+a=b/c@my-host.example.co.kr", "o'brien+a=b/c@my-host.example.co.kr"],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
    [`u@${'a'.repeat(63)}.com`, `u@${'a'.repeat(63)}.com`],
  ])('%s is read as %s', (typed, canonical) => {
    expect(parseEmail(typed, 'email')).toEqual({ channel: 'EMAIL', canonical });
  });

  it.each([
    'user',
    'user@',
    '@example.com',
    'user@example',
    'user@-example.com',
    'Kim <user@example.com>',
    '"quoted part"@example.com',
    'user@example.com\r\nBcc: other@example.com',
    'user\n@example.com',
    'user\0@example.com',
    '사용자@example.com',
    'user@example.com, other@example.com',
    'us er@example.com',
    `${'a'.repeat(65)}@example.com`,
    'user@example.com/',
    'user@example.com/path',
    'user@example.com\\path',
    'user@example.com:80',
    'user@example.com?x',
    'user@example.com#x',
    'user@exa%6Dple.com',
    'user@exa％6Dple.com',
    'user@exa℀mple.com',
    'user@a@b.com',
    'user@a＠b.com',
    'user@[127.0.0.1]',
    'user@[IPv6:::1]',
    'user@1.2.3.4',
    'user@１.２.３.４',
    'user@0x7f.1',
    'user@a.0x7f',
    'user@2130706433',
    'user@example.com.',
    'user@example.com。',
    'user@.example.com',
    'user@example..com',
    'user@example-.com',
    'user@exa_mple.com',
    'user@exa mple.com',
    'user@xn--a.com',
    'user@example.c',
    'user@example.123',
    `user@${'a'.repeat(64)}.com`,
    `user@${'a.'.repeat(126)}com`,
    `${'a'.repeat(64)}@${'a.'.repeat(94)}com`,
    '.user@example.com',
    'user.@example.com',
    'us..er@example.com',
    '"user"@example.com',
    'us(comment)er@example.com',
    'us,er@example.com',
    'us\u3000er@example.com',
    'us\u00a0er@example.com',
    'us\u0085er@example.com',
    'us\ud800er@example.com',
    'user@exam\ud800ple.com',
    'mailto:user@example.com',
    '@',
    '',
    ' ',
  ])('%j is refused with the name of the field', (typed) => {
    expect(() => parseEmail(typed, 'input.email')).toThrow(/^input\.email: /);
  });
});

describe('phone numbers', () => {
  it.each([
    '(010) 1234 5678',
    '010.1234.5678',
    '010/1234/5678',
    '010ㅡ1234ㅡ5678',
    '010‐1234−5678',
    '+82 (0)10-1234-5678',
    '(+82) 10-1234-5678',
    '\u202d010\u00a01234\u20035678\u202c\t',
    '＋８２（１０）１２３４－５６７８',
    '٠١٠-١٢٣٤-٥٦٧٨',
    '०१० १२३४ ५६७८',
  ])('%j is read as 010-1234-5678', (typed) => {
    expect(parsePhone(typed, ['KR'], 'n').canonical).toBe('+821012345678');
  });

  it.each(['010-1234-5678', '01012345678', '+82 10 1234 5678', '+821012345678', '０１０１２３４５６７８'])(
    '%s is a mobile number',
    (typed) => {
      expect(parsePhone(typed, ['KR'], 'n')).toEqual({ channel: 'SMS', canonical: '+821012345678' });
    },
  );

  it.each([
    '',
    '02-312-3456',
    '1588-1234',
    '010-1234',
    'abc',
    '+82 10 1234 5678 ext. 5',
    '0101234567890123456789',
    '010-123-4567',
    '+82101234567',
    '010-12345-6789',
    '+82 10 1234 567',
    '010-1234-5678 x5',
    '010~1234~5678',
    '010-1234-5678;ext=5',
    '010-1234-5678, 010-8765-4321',
    '010+1234+5678',
    '010-1234-567o',
    '010①2345678',
    '++821012345678',
    'tel:010-1234-5678',
    '070-1234-5678',
    '050-1234-5678',
    '015-1234-5678',
    '080-123-4567',
  ])('%j is refused', (typed) => expect(() => parsePhone(typed, ['KR'], 'n')).toThrow(/^n: /));

  // Numbers of closed networks, which libphonenumber still counts as mobile numbers.
  it.each(['011-234-5678', '011-1234-5678', '016-234-5678', '019-9123-4567'])(
    '%s from before 010 is a mobile number as long as the metadata contains it',
    (typed) => expect(parsePhone(typed, ['KR'], 'n').canonical).toMatch(/^\+821[169][0-9]{7,8}$/),
  );

  it('of another country are refused', () => {
    expect(() => parsePhone('+447400123456', ['KR'], 'n')).toThrow(
      expect.objectContaining({ code: 'RECIPIENT_NOT_ALLOWED' }),
    );
    expect(parsePhone('+447400123456', ['KR', 'GB'], 'n').canonical).toBe('+447400123456');
  });
});

it.each([
  ['EMAIL', 'max@example.com', 'm***@example.com'],
  ['EMAIL', 'm@example.com', 'm***@example.com'],
  ['SMS', '+821012345678', '+82 10-****-5678'],
  ['SMS', '+12133734253', '+1 213-***-4253'],
] as const)('%s %s is shown as %s', (channel, canonical, shown) => {
  expect(maskRecipient({ channel, canonical })).toBe(shown);
});

it.each([
  ['192.0.2.1', '192.0.2.1', '192.0.2.1'],
  [' 192.0.2.1\n', '192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:50123', '192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1', '192.0.2.1'],
  ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:443', '192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0:0::1', '2001:db8::1', '2001:db8:0:0::/64'],
  ['[2001:db8:1:2::7]', '2001:db8:1:2::7', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::7]:443', '2001:db8:1:2::7', '2001:db8:1:2::/64'],
  ['::1', '::1', '0:0:0:0::/64'],
  ['::', '::', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
  ['[fe80::1%25eth0]:80', 'fe80::1', 'fe80:0:0:0::/64'],
  ['nonsense', null, null],
  ['', null, null],
  ['192.0.2.1:', null, null],
  ['192.0.2.256', null, null],
  ['192.0.2', null, null],
  ['192.0.2.1, 192.0.2.2', null, null],
  ['[2001:db8::1', null, null],
  ['[192.0.2.1', null, null],
  ['%eth0', null, null],
  [`2001:db8::1%${'x'.repeat(100_000)}`, null, null],
])('the address %j is shown as %s and counts as %s', (text, address, counted) => {
  expect(readAddress(text)).toBe(address);
  expect(clientAddress(text)).toBe(counted);
});
