import { type OutgoingMessage } from '../../src/channels/provider.types';

/** A message for tests that call a provider directly. */
export function outgoingMessage(change: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    deliveryId: 'delivery',
    verificationId: 'verification',
    code: '123456',
    to: '+821012345678',
    locale: 'ko',
    purpose: 'sign-up',
    expiresAt: Date.now() + 300_000,
    leftMs: 300_000,
    text: '인증번호는 [123456]입니다.',
    ...change,
  };
}
