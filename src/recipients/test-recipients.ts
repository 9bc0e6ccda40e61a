/**
 * The fixed codes of `TEST_RECIPIENTS`, which are sent nothing. The keys are canonical recipients in lower case. Addresses
 * are compared without case, as for the limits, because an app-store reviewer's keyboard writes `Review@`.
 */
export type TestRecipients = ReadonlyMap<string, string>;

/** The key of a canonical recipient among the test recipients. */
export function testRecipientKey(canonical: string): string {
  return canonical.toLowerCase();
}

/** The recipient's fixed code, or undefined for a recipient that messages are sent to. */
export function fixedCodeOf(recipients: TestRecipients, canonical: string): string | undefined {
  return recipients.size === 0 ? undefined : recipients.get(testRecipientKey(canonical));
}
