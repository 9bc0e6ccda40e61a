import { type Liquid, type Template } from 'liquidjs';
import { HOUR_MS, MINUTE_MS } from '../../shared/clock';
import { smsFaults } from './sms-check';
import { type TemplateSources } from './template-files';
import { channelOf, pathOf, type TemplateName, type TemplatePart } from './template-name';
import { type RenderInput, type Templates, type TemplateSettings } from './templates';

/** The variables that a template may use. docs/guides/templates.md explains each. */
const TEMPLATE_VARIABLES = ['brand', 'code', 'validity', 'ttlMinutes', 'purpose', 'webOtpDomain'] as const;

/** Short and long validities, because the words differ in length and a template may depend on the minutes. */
const LEFT_MS = [500, 1_000, 119_000, 23 * HOUR_MS + 59 * MINUTE_MS, 24 * HOUR_MS];
const SAMPLE_CODE = '8604173925';
const MISSING_CODE = 'must contain {{ code }}';

/** A purpose whose messages a template is checked with. */
export interface CheckedPurpose {
  name: string;
  smsCodeLength: number;
  /** The purpose has a policy. Its faults name it. */
  isListed: boolean;
}

/**
 * Finds unknown variables in the parsed template. Rendering would find only those in the branches that are
 * taken.
 */
export function unknownVariables(engine: Liquid, template: Template[]): string[] {
  return engine
    .globalVariablesSync(template, { partials: false })
    .filter((variable) => !(TEMPLATE_VARIABLES as readonly string[]).includes(variable))
    .map(
      (variable) => `there is no variable "${variable}"; the variables are ${TEMPLATE_VARIABLES.join(', ')}`,
    );
}

/**
 * The purposes whose messages use this template: every listed purpose without a template of its own, and one that
 * represents all purposes that are not listed.
 */
export function checkedPurposes(
  { locale, purpose, part }: TemplateName,
  sources: TemplateSources,
  { purposes = [], strictPurposes = false, smsCodeLength }: TemplateSettings,
): CheckedPurpose[] {
  const isListed = (name: string) => purposes.some((listed) => listed.name === name);
  if (purpose !== null) {
    const listed = purposes.find(({ name }) => name === purpose);
    return [{ name: purpose, smsCodeLength: listed?.smsCodeLength ?? smsCodeLength, isListed: false }];
  }
  const listed = purposes
    .filter(({ channels }) => channels.includes(channelOf(part)))
    .filter(({ name }) => !sources.has(pathOf({ locale, purpose: name, part })))
    .map((one) => ({ name: one.name, smsCodeLength: one.smsCodeLength, isListed: true }));
  if (strictPurposes) return listed;
  const name = ['sign-up', 'login', 'other'].find((one) => !isListed(one)) ?? 'another';
  return [{ name, smsCodeLength, isListed: false }, ...listed];
}

/** Renders a template with its longest values for each of the purposes, and returns its faults, each of them once. */
export function checkRendered(
  { locale, part }: TemplateName,
  purposes: readonly CheckedPurpose[],
  templates: Templates,
  settings: TemplateSettings,
): string[] {
  const faults = new Map<string, CheckedPurpose>();
  for (const purpose of purposes)
    for (const leftMs of LEFT_MS) {
      const code = part === 'sms.text' ? SAMPLE_CODE.slice(0, purpose.smsCodeLength) : SAMPLE_CODE;
      const input = { channel: channelOf(part), locale, code, leftMs, purpose: purpose.name };
      for (const fault of renderedFaults(part, input, templates, settings))
        if (!faults.has(fault)) faults.set(fault, purpose);
    }
  return [...faults].map(([fault, { name, isListed }]) =>
    isListed ? `${fault} (for the purpose ${name})` : fault,
  );
}

function renderedFaults(
  part: TemplatePart,
  input: RenderInput,
  templates: Templates,
  settings: TemplateSettings,
): string[] {
  try {
    const text = templates.text(part, input);
    if (part === 'email.subject') return subjectFaults(text);
    const missing = text.includes(input.code) ? [] : [MISSING_CODE];
    return part === 'sms.text' ? [...missing, ...smsFaults(templates, input, settings)] : missing;
  } catch (error) {
    return [(error as Error).message];
  }
}

function subjectFaults(text: string): string[] {
  if (text.trim() === '') return ['must not be empty'];
  // A header ends at a line break, so the next line would be read as another header.
  return /[\r\n]/.test(text.trim()) ? ['must be one line'] : [];
}
