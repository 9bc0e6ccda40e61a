import { fieldsOf, objectsOf, textOf } from '../json-answer';

/** A button as Kakao approved it. */
export type AlimtalkButton = Record<string, string>;

/** The parts of an approved template that are sent. */
export interface AlimtalkTemplate {
  content: string;
  buttons: AlimtalkButton[];
}

/** The values of the variables. */
export interface AlimtalkValues {
  code: string;
  /** Whole minutes that are left. */
  minutes: number;
  brand: string;
}

/** The variables that a template may use: Korean teams and English-speaking teams name them differently. */
const VARIABLES: Readonly<Record<string, keyof AlimtalkValues>> = {
  인증번호: 'code',
  code: 'code',
  유효시간: 'minutes',
  minutes: 'minutes',
  서비스명: 'brand',
  brand: 'brand',
};
const VARIABLE = /#\{([^{}]*)\}/g;
/** The fields of a button in a send (SENS, Alimtalk v2). A template has more, such as its order. */
const BUTTON_FIELDS = ['type', 'name', 'linkMobile', 'linkPc', 'schemeIos', 'schemeAndroid'];

/** Fills in the variables. Everything else remains as Kakao approved it, because Kakao compares it. */
export function composeAlimtalk({ content }: AlimtalkTemplate, values: AlimtalkValues): string {
  return content.replace(VARIABLE, (written, name: string) => {
    const variable = variableOf(name);
    return variable === undefined ? written : String(values[variable]);
  });
}

/** Whether the template shows the name of the service, which must then be set. */
export function usesBrand({ content }: AlimtalkTemplate): boolean {
  return variablesIn(content).some((name) => variableOf(name) === 'brand');
}

/** Either a template that can be sent, or the end of a sentence that begins with "the template". */
export type ReadTemplate = { template: AlimtalkTemplate } | { reason: string };

/**
 * Finds a template in SENS's answer and checks it. The documents show a list of templates; the answer to a query for one
 * code has also been seen as that template alone, and as a list inside an object.
 *
 * @returns null when the answer has another form.
 */
export function readTemplate(answer: unknown, templateCode: string): ReadTemplate | null {
  const templates = templatesIn(answer);
  if (templates === null) return null;
  const found = templates.find((template) => textOf(template.templateCode) === templateCode);
  return found ? checkTemplate(found) : { reason: 'does not exist at SENS for this channel' };
}

function templatesIn(answer: unknown): Record<string, unknown>[] | null {
  if (Array.isArray(answer)) return objectsOf(answer);
  const fields = fieldsOf(answer);
  if (fields.templateCode !== undefined) return [fields];
  const list = Object.values(fields).find(Array.isArray);
  if (list !== undefined) return objectsOf(list);
  // SENS answers a list without matches also with an empty 404.
  return answer !== null && typeof answer === 'object' && Object.keys(fields).length === 0 ? [] : null;
}

function checkTemplate(fields: Record<string, unknown>): ReadTemplate {
  const inspection = textOf(fields.templateInspectionStatus);
  const status = textOf(fields.templateStatus);
  const content = textOf(fields.content);
  if (inspection !== 'COMPLETE')
    return { reason: `is not approved: its inspection is ${shownStatus(inspection)}, not COMPLETE` };
  if (status !== 'ACTIVE') return { reason: `is not active: its status is ${shownStatus(status)}` };
  const buttons = readButtons(fields.buttons);
  const names = variablesIn(content);
  if (!names.some((name) => variableOf(name) === 'code'))
    return { reason: 'does not contain the code: use #{인증번호} or #{code}' };
  if (!names.every((name) => variableOf(name) !== undefined))
    return {
      reason: `has other variables than ${Object.keys(VARIABLES)
        .map((name) => `#{${name}}`)
        .join(', ')}`,
    };
  if (buttons.some((button) => variablesIn(Object.values(button).join(' ')).length > 0))
    return { reason: 'has a variable in a button' };
  return { template: { content, buttons } };
}

/** Statuses are constants. Anything else is not repeated in the log. */
function shownStatus(status: string): string {
  return /^[A-Z_]{1,40}$/.test(status) ? status : 'unknown';
}

function readButtons(value: unknown): AlimtalkButton[] {
  const buttons = objectsOf(value).sort((one, other) => Number(one.order ?? 0) - Number(other.order ?? 0));
  return buttons.map((button) =>
    Object.fromEntries(
      BUTTON_FIELDS.flatMap((field) => {
        const text = textOf(button[field]);
        return text ? [[field, text]] : [];
      }),
    ),
  );
}

function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name]) => name!);
}

function variableOf(name: string): keyof AlimtalkValues | undefined {
  const written = name.normalize('NFC').trim();
  return Object.hasOwn(VARIABLES, written) ? VARIABLES[written] : undefined;
}
