import { type AddressInfo, createServer } from 'node:net';
import { SensProvider, type SensSettings } from '../../src/channels/sms/sens.provider';
import { DeliveryError, type OutgoingMessage } from '../../src/channels/provider.types';
import { FakeSens, SENS_ACCESS } from '../support/fake-sens';
import { ManualClock } from '../support/manual-clock';

const TEXT = '인증번호는 [123456] 입니다.';
const NUMBER = '01012345678';

let clock: ManualClock;
let sens: FakeSens;
let provider: SensProvider;
const never = new AbortController().signal;

const message = (change: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  deliveryId: 'delivery',
  verificationId: 'verification',
  to: '+821012345678',
  text: TEXT,
  ...change,
});

function providerWith(change: Partial<SensSettings> = {}): SensProvider {
  const settings = {
    endpoint: sens.url,
    ...SENS_ACCESS,
    from: '0212345678',
    allowLms: false,
    lmsSubject: '',
    ...change,
  };
  return new SensProvider(settings, clock);
}

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DeliveryError);
  const { message: reason, options, stack } = error as DeliveryError;
  expect(JSON.stringify([reason, options, stack])).not.toMatch(/1012345678|123456|인증/);
  return error as DeliveryError;
}

beforeEach(async () => {
  clock = new ManualClock();
  sens = await FakeSens.start(() => clock.now());
  provider = providerWith();
});
afterEach(() => sens.close());

describe('sending', () => {
  it('hands over a Korean number in national digits and answers with the request id', async () => {
    const accepted = await provider.send(message(), never);
    const [taken] = await sens.waitForMessages(1);
    expect(taken).toMatchObject({ type: 'SMS', countryCode: '82', to: NUMBER, content: TEXT });
    expect(accepted).toEqual({ providerMessageId: taken!.requestId });
  });

  it('splits a foreign number into its country and the rest', async () => {
    await provider.send(message({ to: '+12133734253' }), never);
    expect(sens.messages[0]).toMatchObject({ countryCode: '1', to: '2133734253' });
  });

  it('signs what it sends when the service id needs encoding', async () => {
    const error = await failureOf(
      providerWith({ serviceId: 'ncp:sms:kr:1:프로 젝트' }).send(message(), never),
    );
    // Not 401: the signature was right, only the service is unknown.
    expect(error.message).toContain('SENS_SERVICE_ID');
    expect(sens.calls[0]!.target).toContain('/ncp:sms:kr:1:%ED');
  });

  it('sends 90 bytes as SMS and refuses 91 where LMS is not allowed', async () => {
    await provider.send(message({ text: '가'.repeat(45) }), never);
    const error = await failureOf(provider.send(message({ text: `${'가'.repeat(45)}a` }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(sens.messages.map(({ type }) => type)).toEqual(['SMS']);
  });

  it.each([
    ['바다', '바다'],
    ['가'.repeat(20), '가'.repeat(20)],
    [`${'가'.repeat(20)}a`, undefined],
    ['바다 – 인증', undefined],
    ['', undefined],
  ])('sends 91 bytes as LMS with the subject "%s" where it fits', async (lmsSubject, subject) => {
    const lms = providerWith({ allowLms: true, lmsSubject });
    await lms.send(message({ text: 'a'.repeat(91) }), never);
    expect(sens.messages[0]).toMatchObject({ type: 'LMS', content: 'a'.repeat(91) });
    expect(sens.messages[0]!.subject).toBe(subject);
  });

  it('sends nothing that an LMS would cut off', async () => {
    const lms = providerWith({ allowLms: true });
    const error = await failureOf(lms.send(message({ text: 'a'.repeat(2_001) }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(sens.calls).toHaveLength(0);
  });

  it('refuses what is not a number without a call', async () => {
    const error = await failureOf(provider.send(message({ to: 'nobody' }), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'INVALID_RECIPIENT' } });
    expect(sens.calls).toHaveLength(0);
  });

  it.each([
    ['fails by name', { requestId: 'RSSA-9', statusCode: '500', statusName: 'fail' }],
    ['names no request', {}],
    ['is null', null as unknown as object],
  ])('does not know the outcome when an acceptance %s', async (_what, body) => {
    sens.answerNext({ status: 202, body });
    const error = await failureOf(provider.send(message(), never));
    expect(error.kind).toBe('unknown');
  });

  it('says by how much the clock is off', async () => {
    const ours = new ManualClock(clock.now() - 3_600_000);
    const late = new SensProvider(
      { endpoint: sens.url, ...SENS_ACCESS, from: '021', allowLms: false, lmsSubject: '' },
      ours,
    );
    const error = await failureOf(late.send(message(), never));
    expect(error.message).toContain('clock is 3600 s behind');
  });

  it('points at the right secret when the signature is wrong', async () => {
    const error = await failureOf(providerWith({ secretKey: 'SERVICEKEY' }).send(message(), never));
    expect(error).toMatchObject({ kind: 'permanent', options: { failure: 'SENDER_REFUSED' } });
    expect(error.message).toContain("account's authentication key");
  });
});

describe('a connection that fails', () => {
  it('passes when nobody listens', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const error = await failureOf(
      providerWith({ endpoint: `http://127.0.0.1:${port}` }).send(message(), never),
    );
    expect(error).toMatchObject({ kind: 'retryable', options: { providerCode: 'ECONNREFUSED' } });
  });

  it.each(['before', 'after'] as const)('leaves the outcome open when it breaks %s taking', async (drop) => {
    sens.answerNext({ drop });
    const since = clock.now();
    expect((await failureOf(provider.send(message(), never))).kind).toBe('unknown');
    const found = await provider.lookup(message(), since, never);
    expect(found).toEqual(drop === 'after' ? { providerMessageId: 'RSSA-1' } : null);
  });

  it('leaves the outcome open when the caller gives up after the request went out', async () => {
    // The answer is held back; the caller ends the wait.
    sens.answerNext({ delayMs: 1_000, drop: 'before' });
    const caller = new AbortController();
    const sending = failureOf(provider.send(message(), caller.signal));
    await sens.waitForCalls(1, /^POST/);
    caller.abort();
    expect((await sending).kind).toBe('unknown');
  });
});

describe('looking up', () => {
  it('asks in Korean time with a margin to both sides', async () => {
    const since = clock.now();
    clock.advance(60);
    await provider.lookup(message(), since, never);
    const query = new URL(sens.calls[0]!.target, sens.url).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      requestStartTime: '2026-01-15 11:55:00',
      requestEndTime: '2026-01-15 12:06:00',
      to: NUMBER,
    });
    expect(sens.calls[0]!.target).not.toContain('+');
  });

  it('does not take another code to the same number for ours', async () => {
    await provider.send(message({ text: TEXT.replace('123456', '654321') }), never);
    expect(await provider.lookup(message(), clock.now(), never)).toBeNull();
  });

  it('does not take a message to another number for ours', async () => {
    await provider.send(message({ to: '+821099999999' }), never);
    expect(await provider.lookup(message(), clock.now(), never)).toBeNull();
  });

  it('does not take the first message for the resend, whose text is the same', async () => {
    await provider.send(message(), never);
    clock.advance(60);
    sens.answerNext({ drop: 'before' });
    const since = clock.now();
    await failureOf(provider.send(message(), never));
    expect(await provider.lookup(message(), since, never)).toBeNull();
  });

  it('takes the youngest of those it may have sent', async () => {
    const since = clock.now();
    await provider.send(message(), never);
    clock.advance(5);
    const second = await provider.send(message(), never);
    expect(await provider.lookup(message(), since, never)).toEqual(second);
  });

  it('finds a message although the clocks differ by some seconds', async () => {
    const accepted = await provider.send(message(), never);
    expect(await provider.lookup(message(), clock.now() + 10_000, never)).toEqual(accepted);
  });

  it('forgives line ends that were changed on the way', async () => {
    const text = `${TEXT}\n@example.com #123456`;
    const accepted = await provider.send(message({ text }), never);
    sens.messages[0]!.content = text.replace('\n', '\r\n');
    expect(await provider.lookup(message({ text }), clock.now(), never)).toEqual(accepted);
  });
});

describe('receipts', () => {
  it('follows a message from READY to its arrival', async () => {
    const { providerMessageId } = await provider.send(message(), never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'pending' });
    expect(await provider.receipt(providerMessageId, never)).toEqual({ state: 'delivered' });
  });

  it('tells a failure that COMPLETED hides', async () => {
    sens.results.set(NUMBER, ['3001']);
    const { providerMessageId } = await provider.send(message(), never);
    await provider.receipt(providerMessageId, never);
    expect(await provider.receipt(providerMessageId, never)).toEqual({
      state: 'failed',
      failure: 'INVALID_RECIPIENT',
      retryable: false,
      providerCode: '3001',
    });
  });

  it('waits for a message that is not listed yet', async () => {
    expect(await provider.receipt('RSSA-unknown', never)).toEqual({ state: 'pending' });
  });
});
