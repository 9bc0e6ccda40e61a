/** Longer texts are cut: the first sentence says what is the matter. */
const MAX_LENGTH = 300;

/**
 * A provider's own words for the operator's log and for `deliveries`, without what they may quote of a message: of
 * addresses the first letter and the domain remain, of numbers with four and more digits (phone numbers, codes) nothing.
 */
export function maskProviderText(text: string): string {
  return text
    .slice(0, 2 * MAX_LENGTH)
    .replace(/([^\s@<>"'`,;:()[\]])[^\s@<>"'`,;:()[\]]*@([^\s@<>"'`,;:()[\]]+)/g, '$1***@$2')
    .replace(/\d(?:[ -]?\d){3,}/g, '****')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_LENGTH);
}
