import { signSolapi } from '../../src/channels/solapi/solapi-signature';

const CALL = { date: '2026-01-15T03:00:00Z', salt: 'abcdefghijkl0123456789ABCDEFGHIJ' };
const KEY = { apiKey: 'APIKEY', apiSecret: 'SECRET' };

it('the SOLAPI signature is the one that OpenSSL made of the date and the salt', () => {
  expect(signSolapi(CALL, KEY)).toBe(
    'HMAC-SHA256 apiKey=APIKEY, date=2026-01-15T03:00:00Z, salt=abcdefghijkl0123456789ABCDEFGHIJ, signature=da01bb4258dfedf59786d35a3b951c937506c21d6f5704ebf4baf9fa1b99d57a',
  );
});

it.each([
  ['the date', { ...CALL, date: '2026-01-15T03:00:01Z' }, KEY],
  ['the salt', { ...CALL, salt: CALL.salt.replace('a', 'b') }, KEY],
  ['the secret', CALL, { ...KEY, apiSecret: 'ANOTHER' }],
])('the SOLAPI signature changes with %s', (_what, call, key) => {
  const signatureOf = (header: string) => header.split('signature=')[1];
  expect(signatureOf(signSolapi(call, key))).not.toBe(signatureOf(signSolapi(CALL, KEY)));
});
