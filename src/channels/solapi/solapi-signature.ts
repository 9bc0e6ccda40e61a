import { createHmac } from 'node:crypto';

/**
 * The value of SOLAPI's Authorization header: HMAC-SHA-256 of the date and the salt under the API secret (SOLAPI's
 * developer documents, "API Key"). SOLAPI refuses a date that differs from its own time by more than 15 minutes, and a
 * signature that it has seen in the last 15 minutes.
 *
 * @param date ISO 8601 with an offset or Z
 * @param salt 12 to 64 random letters and digits, new for each call
 */
export function signSolapi(
  { date, salt }: { date: string; salt: string },
  key: { apiKey: string; apiSecret: string },
): string {
  const signature = createHmac('sha256', key.apiSecret)
    .update(date + salt)
    .digest('hex');
  return `HMAC-SHA256 apiKey=${key.apiKey}, date=${date}, salt=${salt}, signature=${signature}`;
}
