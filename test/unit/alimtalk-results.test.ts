import { alimtalkReceipt, isMismatch, requestError } from '../../src/channels/sens-alimtalk/alimtalk-results';

const ACCEPTED = { requestStatusCode: 'A000' };

describe('the result of an Alimtalk', () => {
  it.each([
    {},
    ACCEPTED,
    { ...ACCEPTED, messageStatusName: 'processing' },
    { ...ACCEPTED, messageStatusCode: '0000', messageStatusName: 'processing' },
    { ...ACCEPTED, messageStatusCode: null, messageStatusName: null },
  ])('%j is under way', (result) => {
    expect(alimtalkReceipt(result)).toEqual({ state: 'pending' });
  });

  it.each([
    { ...ACCEPTED, messageStatusCode: '0000', messageStatusName: 'success' },
    { messageStatusCode: '0000' },
    { ...ACCEPTED, messageStatusName: 'success' },
  ])('%j has arrived', (result) => {
    expect(alimtalkReceipt(result)).toEqual({ state: 'delivered' });
  });

  it.each([
    ['1003', 'SENDER_REFUSED', false],
    ['1021', 'SENDER_REFUSED', false],
    ['2004', 'UNREACHABLE', true],
    ['3000', 'UNREACHABLE', true],
    ['3005', 'UNREACHABLE', false],
    ['3006', 'UNREACHABLE', true],
    ['3008', 'INVALID_RECIPIENT', false],
    ['3010', 'SENDER_REFUSED', false],
    ['3014', 'SENDER_REFUSED', false],
    ['3015', 'SENDER_REFUSED', false],
    ['3016', 'SENDER_REFUSED', false],
    ['3018', 'INVALID_RECIPIENT', false],
    ['3019', 'INVALID_RECIPIENT', false],
    ['3020', 'BLOCKED', false],
    ['3021', 'INVALID_RECIPIENT', false],
    ['3022', 'SENDER_REFUSED', false],
    ['3027', 'SENDER_REFUSED', false],
    ['4001', 'UNREACHABLE', false],
    ['8888', 'UNREACHABLE', false],
    ['9999', 'UNREACHABLE', true],
  ])('with the code %s is %s, to be sent again: %s', (messageStatusCode, failure, retryable) => {
    const result = { ...ACCEPTED, messageStatusCode, messageStatusName: 'fail' };
    const expected = { state: 'failed', failure, retryable, providerCode: messageStatusCode };
    expect(alimtalkReceipt(result)).toEqual(expected);
  });

  it('is a failure when only the name says so, and when the request was refused', () => {
    expect(alimtalkReceipt({ ...ACCEPTED, messageStatusName: 'fail' })).toMatchObject({
      failure: 'UNREACHABLE',
    });
    expect(alimtalkReceipt({ requestStatusCode: '3019' })).toMatchObject({ failure: 'INVALID_RECIPIENT' });
  });

  it('keeps no code that is not a code', () => {
    const receipt = alimtalkReceipt({
      ...ACCEPTED,
      messageStatusCode: '01012345678',
      messageStatusName: 'fail',
    });
    expect(receipt).toEqual({
      state: 'failed',
      failure: 'UNREACHABLE',
      retryable: false,
      providerCode: undefined,
    });
  });
});

it.each(['A000', undefined, null, ''])('a request with the code %p is accepted', (requestStatusCode) => {
  expect(requestError({ requestStatusCode })).toBeNull();
});

it.each([
  ['3016', true],
  ['3027', true],
  ['3019', false],
  ['3025', false],
  [undefined, false],
])('the code %s means that the template has changed: %s', (code, changed) => {
  expect(isMismatch(code)).toBe(changed);
});
