/**
 * Matches the name of the recipient's field, or words for the recipient. The word "to" alone does not count, because it
 * is in many English sentences, and an error about the recipient ends a delivery that another provider could have sent.
 * The field with its number does not count either, because a gateway may quote the whole request.
 */
const ABOUT_RECIPIENT =
  /messages\[\d*\]\.to\b|(["'`])to\1(?!\s*:\s*"?\+?\d)|\bto (?:is|must|should|number|field)\b|\bto ?[:=]|\brecipient|\breceiver|수신 ?번호|수신자/i;

/** Whether the message of a Korean gateway's 400 is about the recipient. Otherwise it is about the sender. */
export function isAboutRecipient(message: string): boolean {
  return ABOUT_RECIPIENT.test(message);
}
