import { deriveSmtpPassword, sesSmtpFaults } from '../../src/channels/ses/ses-smtp-credentials';

// The secret is from AWS's documentation. Two other programs compute the same passwords.
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

it.each([
  ['us-east-1', 'BLBM/9hSUELfq8Gw+rU1YcBjkOxGbhT2XG763xVLGWL9'],
  ['us-west-2', 'BF2PynzbSCAjX08zhZZnP/kW+T9P5zs/1Er0pi5vTEmd'],
  ['ap-northeast-2', 'BFrwSu3BsGr8nvY2bDCyObUpnNCGFtmAY0j+5nSYn0ZQ'],
])('the SMTP password of SES in %s is the one that AWS derives', (region, password) => {
  expect(deriveSmtpPassword(SECRET, region)).toBe(password);
});

it('the SMTP password of SES requires a permanent access key and a region with an SMTP endpoint', () => {
  expect(sesSmtpFaults({ accessKeyId: 'AKIAEXAMPLE', region: 'ap-northeast-2' })).toEqual([]);
  const faults = sesSmtpFaults({ accessKeyId: 'ASIAEXAMPLE', region: 'eu-south-1' });
  expect(faults.map(({ field }) => field)).toEqual(['accessKeyId', 'region']);
});
