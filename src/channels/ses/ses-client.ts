import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SesRequestHandler } from './ses-request-handler';

/**
 * Creates a client of SES's API, version 2. It makes each call once: messages are retried by the delivery queue, and
 * other calls by SesCalls, which know the quota.
 */
export function createSesClient(region: string): SESv2Client {
  return new SESv2Client({ region, maxAttempts: 1, requestHandler: new SesRequestHandler() });
}
