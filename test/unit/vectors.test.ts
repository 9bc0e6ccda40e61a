import { deriveSmtpPassword, sesSmtpFaults } from '../../src/channels/ses/ses-smtp-credentials';
import { eucKrLength } from '../../src/channels/euc-kr';
import { signSens } from '../../src/channels/sens/sens-signature';

// The secret of AWS's own documentation; two independent programs agree on the passwords.
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

it.each([
  ['us-east-1', 'BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9'],
  ['us-west-2', 'BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd'],
  ['ap-northeast-2', 'BFrwSu3BsGr8nvY2bDCyObUpnNCGFtmAY0j+5nSYn0ZQ'],
])('the SMTP password in %s', (region, password) => {
  expect(deriveSmtpPassword(SECRET, region)).toBe(password);
});

it('SMTP wants a key that lasts and a region with an endpoint', () => {
  expect(sesSmtpFaults({ accessKeyId: 'AKIAEXAMPLE', region: 'ap-northeast-2' })).toEqual([]);
  const faults = sesSmtpFaults({ accessKeyId: 'ASIAEXAMPLE', region: 'eu-south-1' });
  expect(faults.map(({ field }) => field)).toEqual(['accessKeyId', 'region']);
});

const PATH = '/sms/v2/services/ncp:sms:kr:123456789012:project/messages';

it.each([
  ['POST', PATH, 'Pixhv0p27p3QZx/d4Ja6ya8jCfhaY6eAtilpkCbgOWs='],
  ['GET', '/photos/puppy.jpg?query1=&query2', 'PGPOZzl5aOtw5910wcSp+foQRnYfAwa2bbIoxJ73EDk='],
  ['GET', `${PATH}?requestId=RSSA-1`, 'JFm8nyXoyvDBezGjbYD2+DVHDDtbd961oa7JxgB6Oic='],
])('the SENS signature of %s %s', (method, pathAndQuery, signature) => {
  const request = { method, pathAndQuery, timestampMs: 1_700_000_000_000 };
  expect(signSens(request, { accessKey: 'ACCESSKEY', secretKey: 'SECRETKEY' })).toBe(signature);
});

it.each([
  ['인증번호는 [123456] 입니다.', 27, []],
  ['plain', 5, []],
  ['가–나', 6, ['–']],
  ['가똠', 4, ['똠']],
  ['😀', 2, ['😀']],
])('carriers count %s as %i bytes', (text, bytes, unencodable) => {
  expect(eucKrLength(text)).toEqual({ bytes, unencodable });
});
