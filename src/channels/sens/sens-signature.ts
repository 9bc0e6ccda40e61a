import { createHmac } from 'node:crypto';

/**
 * Naver Cloud's API Gateway signature, version 2: HMAC-SHA-256 over method, path with query exactly as sent,
 * timestamp and access key (Naver Cloud API guide, "Common API authentication").
 *
 * @param timestampMs epoch milliseconds; the gateway refuses what is more than 5 minutes off.
 */
export function signSens(
  request: { method: string; pathAndQuery: string; timestampMs: number },
  key: { accessKey: string; secretKey: string },
): string {
  const text = `${request.method} ${request.pathAndQuery}\n${request.timestampMs}\n${key.accessKey}`;
  return createHmac('sha256', key.secretKey).update(text).digest('base64');
}
