import { Webhook } from 'standardwebhooks';
import { isSignedWebhook, isWebhookSecret, signWebhook } from '../../src/shared/standard-webhooks';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = `whsec_${Buffer.alloc(64, 7).toString('base64')}`;
const BODY = '{"type":"message.send","data":{"text":"인증번호는 [123456]입니다."}}';
const ID = 'delivery-1';

/** The package uses the clock of the machine. */
const nowMs = Date.now();
const signedByPackage = (secret: string, atMs: number, body: string | Buffer = BODY) => ({
  'webhook-id': ID,
  'webhook-timestamp': String(Math.floor(atMs / 1000)),
  'webhook-signature': new Webhook(secret).sign(ID, new Date(atMs), body),
});

describe('a call that we sign', () => {
  it.each([SECRET, OTHER])('is accepted by the package standardwebhooks, with the secret %s', (secret) => {
    const headers = signWebhook([secret], { id: ID, nowMs, body: BODY });
    expect(new Webhook(secret).verify(BODY, { ...headers })).toEqual(JSON.parse(BODY));
  });

  it('is accepted by a receiver that knows only one of our two secrets', () => {
    const headers = signWebhook([OTHER, SECRET], { id: ID, nowMs, body: BODY });
    for (const secret of [OTHER, SECRET])
      expect(() => new Webhook(secret).verify(BODY, { ...headers })).not.toThrow();
  });

  it('has the signature that the specification computes', () => {
    // The vector in the tests of https://github.com/standard-webhooks/standard-webhooks.
    const body = '{"test": 2432232314}';
    expect(
      signWebhook([SECRET], { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', nowMs: 1_614_265_330_999, body }),
    ).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});

describe('a call that we verify', () => {
  const isAccepted = (headers: Record<string, unknown>, body: string | Buffer = BODY, secrets = [SECRET]) =>
    isSignedWebhook(secrets, headers, { nowMs, body });

  it('is accepted when the package standardwebhooks signed it', () => {
    expect(isAccepted(signedByPackage(SECRET, nowMs))).toBe(true);
    expect(isAccepted(signedByPackage(SECRET, nowMs), Buffer.from(BODY))).toBe(true);
    expect(isAccepted(signedByPackage(SECRET, nowMs, ''), '')).toBe(true);
  });

  it('is accepted with one of several secrets and one of several signatures', () => {
    const ours = signedByPackage(SECRET, nowMs);
    const { 'webhook-signature': others } = signedByPackage(OTHER, nowMs);
    expect(isAccepted(ours, BODY, [OTHER, SECRET])).toBe(true);
    const several = `v1a,c2lnbmF0dXJl ${others} ${ours['webhook-signature']}`;
    expect(isAccepted({ ...ours, 'webhook-signature': several })).toBe(true);
    expect(isAccepted(signedByPackage(OTHER, nowMs))).toBe(false);
    expect(isAccepted(ours, BODY, [])).toBe(false);
  });

  it.each([
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
    [-86_400, false],
  ])('is accepted by us as by the package when it was signed %d s from now: %s', (seconds, accepted) => {
    const headers = signedByPackage(SECRET, nowMs + seconds * 1000);
    expect(isAccepted(headers)).toBe(accepted);
    jest.spyOn(Date, 'now').mockReturnValue(nowMs);
    const verify = () => new Webhook(SECRET).verify(BODY, headers);
    if (accepted) expect(verify).not.toThrow();
    else expect(verify).toThrow(/timestamp too/);
    jest.restoreAllMocks();
  });

  it.each([
    ['without an id', { 'webhook-id': undefined }],
    ['with an empty id', { 'webhook-id': '' }],
    ['with another id', { 'webhook-id': 'delivery-2' }],
    ['without a time', { 'webhook-timestamp': undefined }],
    ['with another time', { 'webhook-timestamp': String(Math.floor(nowMs / 1000) + 1) }],
    ['with a time that is not a number', { 'webhook-timestamp': 'now' }],
    ['with a time in another notation', { 'webhook-timestamp': `${Math.floor(nowMs / 1000)}.0` }],
    ['without a signature', { 'webhook-signature': undefined }],
    ['with an empty signature', { 'webhook-signature': '' }],
    ['with a signature that is a list', { 'webhook-signature': ['v1,a', 'v1,b'] }],
    ['with a short signature', { 'webhook-signature': 'v1,c2lnbmF0dXJl' }],
    ['with the signature of zeros', { 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
  ])('is refused %s', (_what, change) => {
    expect(isAccepted({ ...signedByPackage(SECRET, nowMs), ...change })).toBe(false);
  });

  it('is refused with the right signature under another version, and with a changed body', () => {
    const headers = signedByPackage(SECRET, nowMs);
    const changed = headers['webhook-signature'].replace('v1,', 'v2,');
    expect(isAccepted({ ...headers, 'webhook-signature': changed })).toBe(false);
    expect(isAccepted(headers, `${BODY} `)).toBe(false);
    expect(isAccepted(headers, Buffer.concat([Buffer.from(BODY), Buffer.from([0xff])]))).toBe(false);
  });
});

it.each([
  [24, true],
  [64, true],
  [23, false],
  [65, false],
  [0, false],
])('a secret of %d bytes: accepted is %s', (bytes, accepted) => {
  expect(isWebhookSecret(`whsec_${Buffer.alloc(bytes, 0xfb).toString('base64')}`)).toBe(accepted);
});

it.each([
  ['without the prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['with another prefix', 'whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['in base64url', `whsec_${Buffer.alloc(32, 0xfb).toString('base64url')}`],
  ['without its padding', `whsec_${Buffer.alloc(32, 1).toString('base64').replace('=', '')}`],
  ['with a blank', 'whsec_MfKQ9r8GKYqr TwjUPD8ILPZIo2LaLaSw'],
])('a secret %s is refused', (_what, secret) => {
  expect(isWebhookSecret(secret)).toBe(false);
});
