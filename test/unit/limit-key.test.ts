import { addressKey, formerKey, limitKey } from '../../src/recipients/limit-key';
import { parseEmail, type Recipient } from '../../src/recipients/recipient';

const email = (address: string) => parseEmail(address, 'email');
const NUMBER: Recipient = { channel: 'SMS', canonical: '+821012345678' };

describe('recipient limits', () => {
  it.each([
    ['user@example.com', ['USER@Example.com', 'user+tag@example.com', 'user+a+b@example.com']],
    [
      'johndoe@gmail.com',
      [
        'john.doe@gmail.com',
        'j.o.h.n.d.o.e+x@googlemail.com',
        'JohnDoe@GoogleMail.com',
        'j.ohndoe@gmail.com',
      ],
    ],
    ['user@outlook.com', ['user+tag@outlook.com']],
    ['user@icloud.com', ['user+tag@icloud.com', 'user@me.com', 'User@mac.com']],
    ['johndoe@proton.me', ['john.doe@protonmail.com', 'john-doe+x@pm.me', 'john_doe@protonmail.ch']],
    ['user@fastmail.com', ['user+tag@fastmail.com', 'tag@user.fastmail.com', 'a.b+c@user.fastmail.com']],
    ['user@fastmail.co.uk', ['tag@user.fastmail.co.uk']],
    ['base@yahoo.com', ['base-keyword@yahoo.com', 'base-one-two@yahoo.com']],
    ['base@yahoo.co.uk', ['base-keyword@yahoo.co.uk']],
    ['john-doe@yandex.ru', ['john.doe@ya.ru', 'john.doe+x@yandex.com', 'john-doe@yandex.kz']],
    ['user@daum.net', ['user@hanmail.net', 'user+tag@hanmail.net']],
  ])('count %s and its other spellings as one recipient', (one, others) => {
    for (const other of others)
      expect([other, limitKey(email(other))]).toEqual([other, limitKey(email(one))]);
  });

  it.each([
    ['john.doe@example.com', 'johndoe@example.com'],
    ['john.doe@naver.com', 'johndoe@naver.com'],
    ['john.doe@outlook.com', 'johndoe@outlook.com'],
    ['user@outlook.com', 'user@hotmail.com'],
    ['user-tag@naver.com', 'user@naver.com'],
    ['user-tag@gmail.com', 'user@gmail.com'],
    ['user_tag@naver.com', 'user@naver.com'],
    ['base-keyword@yahoo.co.jp', 'base@yahoo.co.jp'],
    ['user@gmail.com', 'user@gmail.com.example.com'],
    ['tag@user.example.com', 'user@example.com'],
    ['+tag@example.com', '+other@example.com'],
    ['-@proton.me', '_@proton.me'],
    ['user@example.com', 'user@example.net'],
  ])('count %s and %s as two recipients', (one, other) => {
    expect(limitKey(email(one))).not.toBe(limitKey(email(other)));
  });
});

it('an erasure distinguishes every spelling of an address, except upper and lower case', () => {
  expect(addressKey(email('User+Tag@Gmail.com'))).toBe(addressKey(email('user+tag@gmail.com')));
  for (const other of [
    'user@gmail.com',
    'u.ser+tag@gmail.com',
    'user+tag@googlemail.com',
    'user+tah@gmail.com',
  ])
    expect(addressKey(email(other))).not.toBe(addressKey(email('user+tag@gmail.com')));
});

it('a recipient with only one spelling has the same key for limits, erasure and former versions', () => {
  for (const recipient of [email('user@example.com'), email('kim.chul@naver.com'), NUMBER]) {
    expect(limitKey(recipient)).toBe(addressKey(recipient));
    expect(formerKey(recipient)).toBe(addressKey(recipient));
  }
});

it('the key of former versions does not contain a +tag', () => {
  expect(formerKey(email('J.Doe+tag+x@Gmail.com'))).toBe('email:j.doe@gmail.com');
  expect(formerKey(email('+tag@example.com'))).toBe('email:+tag@example.com');
});
