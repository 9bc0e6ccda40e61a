import { clientAddress } from '../../src/api/client-address';
import { limitKey, maskRecipient, parseEmail, parsePhone } from '../../src/verification/recipient';

describe('e-mail addresses', () => {
  it.each([
    ['Kim.Chul@Example.COM', 'Kim.Chul@example.com'],
    [' user@example.com ', 'user@example.com'],
    ['user+tag@example.com', 'user+tag@example.com'],
    ['user@도메인.한국', 'user@xn--hq1bm8jm9l.xn--3e0b707e'],
  ])('%s is %s', (typed, canonical) => {
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
  ])('%j is refused by the field', (typed) => {
    expect(() => parseEmail(typed, 'input.email')).toThrow(/^input\.email: /);
  });
});

describe('phone numbers', () => {
  it.each(['010-1234-5678', '01012345678', '+82 10 1234 5678', '+821012345678', '０１０１２３４５６７８'])(
    '%s is one',
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
  ])('%j is refused', (typed) => expect(() => parsePhone(typed, ['KR'], 'n')).toThrow(/^n: /));

  it('of another country is not allowed', () => {
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

it('limits see one person behind case and tags', () => {
  const key = (email: string) => limitKey(parseEmail(email, 'email'));
  expect(key('Max+one@Example.com')).toBe(key('max@example.com'));
  expect(key('+tag@example.com')).not.toBe(key('+other@example.com'));
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0:0::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['192.0.2.1:50123', '192.0.2.1'],
  ['[2001:db8:1:2::7]:443', '2001:db8:1:2::/64'],
  ['nonsense', null],
  ['192.0.2.1:', null],
])('the address %s counts as %s', (address, counted) => {
  expect(clientAddress(address)).toBe(counted);
});
