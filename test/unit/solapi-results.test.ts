import { registrationError, solapiReceipt } from '../../src/channels/solapi/solapi-results';

describe('the result of a SOLAPI message', () => {
  it.each(['2000', '3000', undefined, null, '', 'TEST1000', '가나다라'])(
    'with the code %p is under way',
    (statusCode) => {
      expect(solapiReceipt({ statusCode, status: 'PENDING' })).toEqual({ state: 'pending' });
    },
  );

  it.each(['4000', 4000])('with the code %p has arrived', (statusCode) => {
    expect(solapiReceipt({ statusCode, status: 'COMPLETE' })).toEqual({ state: 'delivered' });
  });

  it.each([
    ['1010', 'SENDER_REFUSED', false],
    ['1024', 'UNREACHABLE', true],
    ['1030', 'SENDER_REFUSED', false],
    ['1060', 'BLOCKED', false],
    ['1061', 'BLOCKED', false],
    ['1062', 'SENDER_REFUSED', false],
    ['1064', 'SENDER_REFUSED', false],
    ['2024', 'UNREACHABLE', true],
    ['2060', 'BLOCKED', false],
    ['2061', 'BLOCKED', false],
    ['2062', 'SENDER_REFUSED', false],
    ['2063', 'SENDER_REFUSED', false],
    ['2230', 'SENDER_REFUSED', false],
    ['2254', 'SENDER_REFUSED', false],
    ['3010', 'INVALID_RECIPIENT', false],
    ['3011', 'SENDER_REFUSED', false],
    ['3012', 'UNREACHABLE', true],
    ['3013', 'SENDER_REFUSED', false],
    ['3014', 'UNREACHABLE', true],
    ['3024', 'UNREACHABLE', true],
    ['3031', 'UNREACHABLE', false],
    ['3032', 'INVALID_RECIPIENT', false],
    ['3040', 'UNREACHABLE', true],
    ['3041', 'UNREACHABLE', true],
    ['3042', 'UNREACHABLE', true],
    ['3043', 'UNREACHABLE', true],
    ['3044', 'UNREACHABLE', true],
    ['3045', 'UNREACHABLE', false],
    ['3046', 'UNREACHABLE', true],
    ['3047', 'BLOCKED', false],
    ['3048', 'UNREACHABLE', true],
    ['3050', 'INVALID_RECIPIENT', false],
    ['3051', 'UNREACHABLE', true],
    ['3052', 'UNREACHABLE', false],
    ['3053', 'UNREACHABLE', true],
    ['3054', 'SENDER_REFUSED', false],
    ['3055', 'BLOCKED', false],
    ['3056', 'UNREACHABLE', true],
    ['3057', 'UNREACHABLE', true],
    ['3058', 'SENDER_REFUSED', false],
    ['3059', 'SENDER_REFUSED', false],
    ['3060', 'SENDER_REFUSED', false],
    ['3999', 'UNREACHABLE', false],
    ['9999', 'UNREACHABLE', false],
  ])('with the code %s is %s, to be sent again: %s', (statusCode, failure, retryable) => {
    const expected = { state: 'failed', failure, retryable, providerCode: statusCode };
    expect(solapiReceipt({ statusCode, status: 'COMPLETE' })).toEqual(expected);
  });

  it('has failed when only the status says so', () => {
    expect(solapiReceipt({ status: 'FAILED' })).toMatchObject({ state: 'failed', failure: 'UNREACHABLE' });
  });
});

describe('the registration of a SOLAPI message', () => {
  it.each(['2000', '3000', '4000'])('with the code %s succeeded', (code) => {
    expect(registrationError(code)).toBeNull();
  });

  it.each([
    ['1062', 'permanent', 'SENDER_REFUSED'],
    ['1060', 'permanent', 'BLOCKED'],
    ['3032', 'permanent', 'INVALID_RECIPIENT'],
    // Nothing was sent, so it must not end the delivery.
    ['3031', 'permanent', 'SENDER_REFUSED'],
    ['1024', 'retryable', undefined],
    [undefined, 'permanent', 'SENDER_REFUSED'],
    ['01012345678', 'permanent', 'SENDER_REFUSED'],
  ])('with the code %s failed: %s, %s', (code, kind, failure) => {
    const error = registrationError(code)!;
    expect([error.kind, error.options.failure]).toEqual([kind, failure]);
    expect(error.message).not.toContain('0101');
  });
});
