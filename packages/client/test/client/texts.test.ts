import { CodeRefusal } from '../../../../src/api/graphql/verification/verification.enums';
import { LIMIT_NAMES } from '../../../../src/limits/limit-refusals';
import { type Refusal } from '../../src/client/refusal.types';
import { chooseReasonTexts } from '../../src/texts/choose-texts';
import { describeRefusal, describeWait } from '../../src/texts/describe-refusal';
import { LANGUAGES, languageOf } from '../../src/texts/language';
import { loadTexts } from '../../src/texts/load-texts';

const describeIn = (locale: string, refusal: object) =>
  describeRefusal(refusal as Refusal, chooseReasonTexts(locale), locale);

describe.each(LANGUAGES)('the texts in %s', (language) => {
  const texts = chooseReasonTexts(language);

  it('have one for each limit and reason of the server', () => {
    expect(Object.keys(texts)).toEqual(expect.arrayContaining([...LIMIT_NAMES, ...Object.keys(CodeRefusal)]));
  });

  it('have the placeholders of the English texts', async () => {
    const { form } = await loadTexts(language);
    const english = await loadTexts('en');
    const placeholders = (one: Record<string, string>) =>
      Object.entries(one).map(([key, text]) => [key, text.match(/\{\w+\}/g)]);
    const all = (one: Record<string, string>) => Object.fromEntries(placeholders(one));
    expect(all(texts)).toEqual(all(english.reasons));
    expect(all(form)).toEqual(all(english.form));
  });
});

describe('the text of a refusal', () => {
  it('says how long to wait, in the language', () => {
    const refusal = { reason: 'RATE_LIMITED', limit: 'RESEND_COOLDOWN', retryAfterSeconds: 90 };
    expect(describeIn('en-GB', refusal)).toContain('in 2 minutes');
    expect(describeIn('ko-KR', refusal)).toContain('2분 후에');
    expect(describeIn('ja', refusal)).toContain('2 分後に');
    expect(describeIn('zh-Hans', refusal)).toContain('2分钟后');
    expect([60, 61, 3_600, 3_601].map((seconds) => describeWait(seconds, 'en'))).toEqual([
      '60 seconds',
      '2 minutes',
      '60 minutes',
      '2 hours',
    ]);
  });

  it('says how many attempts are left, and at the last one to request a new code', () => {
    const refusal = { reason: 'WRONG_CODE', attemptsRemaining: 2 };
    expect(describeIn('en', refusal)).toMatch(/: 2$/);
    expect(describeIn('en', { ...refusal, attemptsRemaining: 0 })).toContain('request a new code');
  });

  it('is about the field for a general rule, and about its kind for a reason of a later server', () => {
    expect(describeIn('en', { reason: 'BAD_USER_INPUT', field: 'phoneNumber', rule: 'TOO_LONG' })).toBe(
      'Please check the mobile number.',
    );
    expect(describeIn('en', { reason: 'RATE_LIMITED', limit: 'LUNAR', retryAfterSeconds: 1 })).toBe(
      'Please try again in 1 second.',
    );
    expect(describeIn('en', { reason: 'RECIPIENT_NOT_ALLOWED', cause: 'MOON' })).toContain(
      'to this recipient',
    );
  });

  it('is English for a language without texts', () => {
    expect(languageOf('de-DE')).toBe('en');
    expect(languageOf('zh-TW')).toBe('zh');
  });
});
