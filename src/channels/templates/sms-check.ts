import { eucKrLength } from '../sms/euc-kr';
import { type RenderInput, type Templates, type TemplateSettings } from './templates';

/** SENS cuts off a longer text and sends the rest (SMS v2, "content"). */
const SMS_BYTES = 90;
const LMS_BYTES = 2_000;

/** The last lines that an SMS may have, and the inserted values as the fault names them. */
type SmsForm = { appHash: string | null; inserted: string };

/** Renders an SMS in all of its forms, and returns their faults. The body contains the code. */
export function smsFaults(templates: Templates, input: RenderInput, settings: TemplateSettings): string[] {
  return smsForms(settings).flatMap((form) => formFaults(form, templates, input, settings));
}

/** All app hashes have the same length, so the first one represents them. */
function smsForms({ appHashes }: TemplateSettings): SmsForm[] {
  const [appHash] = appHashes ?? [];
  const usual = { appHash: null, inserted: 'BRAND_NAME' };
  return appHash === undefined ? [usual] : [usual, { appHash, inserted: 'BRAND_NAME, an app hash' }];
}

function formFaults(
  { appHash, inserted }: SmsForm,
  templates: Templates,
  input: RenderInput,
  { brandName, allowLms }: TemplateSettings,
): string[] {
  const text = templates.smsText({ ...input, appHash });
  const { bytes, unencodable } = eucKrLength(text);
  const faults: string[] = [];
  if (!text.includes(input.code))
    faults.push('must contain {{ code }} outside the WebOTP line, which an app hash replaces');
  if (unencodable.length > 0) {
    const where = unencodable.some((character) => brandName.includes(character)) ? ' (see BRAND_NAME)' : '';
    faults.push(`Korean carriers cannot transmit ${unencodable.map(named).join(', ')}${where}; remove it`);
  }
  const excess = tooLong(bytes, inserted, allowLms);
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
