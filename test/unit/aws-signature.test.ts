import { AwsSigner } from '../../src/channels/ses/aws-signature';

/** The credentials and the time of AWS's own test suite for Signature Version 4. */
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const NOW = Date.parse('2015-08-30T12:36:00Z');
const call = { method: 'GET', host: 'example.amazonaws.com', path: '/', body: '' };

describe('Signature Version 4', () => {
  it.each([
    ['get-vanilla', 'GET', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ])('gives the signature of the vector %s', (_, method, signature) => {
    const headers = new AwsSigner('us-east-1', 'service').sign({ ...call, method }, CREDENTIALS, NOW);
    expect(headers).toEqual({
      host: 'example.amazonaws.com',
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  it('derives another key for another day and another secret', () => {
    const signer = new AwsSigner('us-east-1', 'service');
    const sign = (secretAccessKey: string, now: number) =>
      signer.sign(call, { ...CREDENTIALS, secretAccessKey }, now).authorization!.slice(-64);
    const first = sign('a', NOW);
    const signatures = [first, sign('b', NOW), sign('a', NOW + 86_400_000)];
    expect(new Set(signatures).size).toBe(3);
    expect(sign('a', NOW)).toBe(first);
  });
});
