import { type Channel } from '../../recipients/channel';

/** The parts of a message that have a template each. */
export const TEMPLATE_PARTS = ['email.subject', 'email.text', 'email.html', 'sms.text'] as const;
export type TemplatePart = (typeof TEMPLATE_PARTS)[number];

/** What a template is for. */
export interface TemplateName {
  locale: string;
  /** Null: for every purpose without a template of its own. */
  purpose: string | null;
  part: TemplatePart;
}

/** The path of a template in TEMPLATES_DIR: `ko/sms.text.liquid`, `ko/login/sms.text.liquid`. */
export function pathOf({ locale, purpose, part }: TemplateName): string {
  return purpose === null ? `${locale}/${part}.liquid` : `${locale}/${purpose}/${part}.liquid`;
}

export function channelOf(part: TemplatePart): Channel {
  return part === 'sms.text' ? 'SMS' : 'EMAIL';
}

/** The part that a file name such as `sms.text.liquid` contains, or null. */
export function partOf(fileName: string): TemplatePart | null {
  return TEMPLATE_PARTS.find((part) => fileName === `${part}.liquid`) ?? null;
}
