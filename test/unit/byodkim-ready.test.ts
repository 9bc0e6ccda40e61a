import { byodkimReady } from '../../src/sending-domain/dkim/byodkim-ready';

const READY = { origin: 'EXTERNAL', signingEnabled: true, status: 'SUCCESS' };

it("byodkimReady is true when SES signs with the domain's own key and has found its record", () => {
  expect(byodkimReady(READY)).toBe(true);
});

it.each([
  [{ origin: 'AWS_SES' }],
  [{ origin: 'AWS_SES_EU_WEST_1' }],
  [{ origin: 'external' }],
  [{ origin: null }],
  [{ signingEnabled: false }],
  [{ signingEnabled: undefined }],
  [{ status: 'PENDING' }],
  [{ status: 'FAILED' }],
  [{ status: 'TEMPORARY_FAILURE' }],
  [{ status: 'NOT_STARTED' }],
  [{ status: undefined }],
])('byodkimReady is false with %j', (change) => {
  expect(byodkimReady({ ...READY, ...change })).toBe(false);
});
