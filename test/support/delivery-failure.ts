import { DeliveryError } from '../../src/channels/provider.types';

/** The DeliveryError of a call, which must contain neither the number, nor the code, nor the text. */
export async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  const { message: reason, options, stack } = error as DeliveryError;
  expect(JSON.stringify([reason, options, stack])).not.toMatch(/1012345678|123456|인증번호는/);
  return error as DeliveryError;
}
