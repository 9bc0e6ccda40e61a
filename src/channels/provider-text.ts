/** Longer texts are cut, because the first sentence states the error. */
const MAX_LENGTH = 300;

/**
 * Masks a provider's text for the log and for `deliveries`, because it may quote the recipient or the message. An
 * address keeps its first letter and its domain. Numbers of four or more digits (phone numbers, codes) are removed.
 */
export function maskProviderText(text: string): string {
  return text
    .slice(0, 2 * MAX_LENGTH)
    .replace(/([^\s@<>",;:()[\]])[^\s@<>",;:()[\]]*@([^\s@<>"'`,;:()[\]]+)/g, '$1***@$2')
    .replace(/\d(?:[ -]?\d){3,}/g, '****')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_LENGTH);
}
