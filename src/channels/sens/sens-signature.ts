import { createHmac } from 'node:crypto';

/**
 * Signs a call for Naver Cloud's API Gateway, version 2: HMAC-SHA-256 of the method, the path with the query exactly as
 * sent, the timestamp and the access key (Naver Cloud API guide, "Common API authentication"). The gateway refuses a
 * timestamp that differs from its own time by more than 5 minutes.
 */
export function signSens(
  request: { method: string; pathAndQuery: string; timestampMs: number },
  key: { accessKey: string; secretKey: string },
): string {
  const text = `${request.method} ${request.pathAndQuery}\n${request.timestampMs}\n${key.accessKey}`;
  return createHmac('sha256', key.secretKey).update(text).digest('base64');
}
