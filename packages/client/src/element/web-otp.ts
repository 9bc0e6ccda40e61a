/** The credential that WebOTP returns; TypeScript's DOM types do not have it. */
interface OtpCredential {
  code: string;
}

/**
 * Waits for the SMS with the code, in browsers that have WebOTP. The browser asks the user for permission.
 *
 * @returns the code; null when the browser cannot read it, the user refused, or the signal was aborted.
 */
export async function receiveCode(signal: AbortSignal): Promise<string | null> {
  if (!('OTPCredential' in globalThis)) return null;
  try {
    const options = { otp: { transport: ['sms'] }, signal } as CredentialRequestOptions;
    const credential = (await navigator.credentials.get(options)) as unknown as OtpCredential | null;
    return credential?.code ?? null;
  } catch {
    return null;
  }
}
