import { type Liquid, type Template } from 'liquidjs';
import { HOUR_MS, MINUTE_MS } from '../../shared/clock';
import { type TemplateName } from './default-templates';
import { eucKrLength } from '../euc-kr';
import { type RenderInput, type Templates, type TemplateSettings } from './templates';

/** The variables that a template may use. docs/guides/templates.md explains each. */
export const TEMPLATE_VARIABLES = [
  'brand',
  'code',
  'validity',
  'ttlMinutes',
  'purpose',
  'webOtpDomain',
] as const;

/** SENS cuts off a longer text and sends the rest (SMS v2, "content"). */
const SMS_BYTES = 90;
const LMS_BYTES = 2_000;

/** Short and long validities, because the words differ in length and a template may depend on the minutes. */
const LEFT_MS = [500, 1_000, 119_000, 23 * HOUR_MS + 59 * MINUTE_MS, 24 * HOUR_MS];
const SAMPLE_CODE = '8604173925';
const MISSING_CODE = 'must contain {{ code }}';
/** The last lines of an SMS whose lengths are checked, and how the fault names each. */
type SmsForm = { appHash: string | null; named: string };

/**
 * Finds unknown variables in the parsed template. Rendering would find only those in the branches that are
 * taken.
 */
export function unknownVariables(name: TemplateName, engine: Liquid, template: Template[]): string[] {
  return engine
    .globalVariablesSync(template, { partials: false })
    .filter((variable) => !(TEMPLATE_VARIABLES as readonly string[]).includes(variable))
    .map(
      (variable) =>
        `${name}: there is no variable "${variable}"; the variables are ${TEMPLATE_VARIABLES.join(', ')}`,
    );
}

/** Renders a template with its longest values and returns its faults, each of them once. */
export function checkRendered(
  name: TemplateName,
  templates: Templates,
  settings: TemplateSettings,
): string[] {
  const [locale, part] = name.replace('.liquid', '').split('/') as [RenderInput['locale'], string];
  const code = part === 'sms.text' ? SAMPLE_CODE.slice(0, settings.smsCodeLength) : SAMPLE_CODE;
  const faults = LEFT_MS.flatMap((leftMs) => {
    const input: RenderInput = { channel: 'EMAIL', locale, code, leftMs, purpose: 'sign-up' };
    try {
      if (part === 'sms.text')
        return [
          ...(templates.text(name, input).includes(code) ? [] : [MISSING_CODE]),
          ...smsForms(settings).flatMap((form) => smsFaults(form, templates, input, settings)),
        ];
      return emailFaults(part, templates.text(name, input), code);
    } catch (error) {
      return [(error as Error).message];
    }
  });
  return [...new Set(faults)].map((fault) => `${name}: ${fault}`);
}

function emailFaults(part: string, text: string, code: string): string[] {
  if (part !== 'email.subject') return text.includes(code) ? [] : [MISSING_CODE];
  if (text.trim() === '') return ['must not be empty'];
  // A header ends at a line break, so the next line would be read as another header.
  return /[\r\n]/.test(text.trim()) ? ['must be one line'] : [];
}

/** All app hashes have the same length, so the first one represents them. */
function smsForms({ appHashes }: TemplateSettings): SmsForm[] {
  const [appHash] = appHashes ?? [];
  const usual = { appHash: null, named: 'BRAND_NAME' };
  return appHash === undefined ? [usual] : [usual, { appHash, named: 'BRAND_NAME, an app hash' }];
}

function smsFaults(
  { appHash, named: inserted }: SmsForm,
  templates: Templates,
  input: RenderInput,
  settings: TemplateSettings,
): string[] {
  const text = templates.smsText({ ...input, appHash });
  const { bytes, unencodable } = eucKrLength(text);
  const faults: string[] = [];
  if (!text.includes(input.code))
    faults.push(`${MISSING_CODE} outside the WebOTP line, which an app hash replaces`);
  if (unencodable.length > 0) {
    const where = unencodable.some((character) => settings.brandName.includes(character))
      ? ' (see BRAND_NAME)'
      : '';
    faults.push(`Korean carriers cannot transmit ${unencodable.map(named).join(', ')}${where}; remove it`);
  }
  const excess = tooLong(bytes, inserted, settings.allowLms);
  return excess ? [...faults, excess] : faults;
}

function tooLong(bytes: number, inserted: string, allowLms: boolean): string | null {
  if (bytes <= (allowLms ? LMS_BYTES : SMS_BYTES)) return null;
  const counted = `has ${bytes} bytes in EUC-KR with ${inserted} and the longest values`;
  if (allowLms) return `${counted}, but an LMS holds at most ${LMS_BYTES}; shorten it`;
  return `${counted}, but an SMS holds at most ${SMS_BYTES}; shorten it, or send it as LMS (SMS_ALLOW_LMS=on)`;
}

/** Includes the number, because some of these characters are invisible or look alike. */
function named(character: string): string {
  const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `"${character}" (U+${number})`;
}
