import { chooseReasonTexts } from '../texts/choose-texts.js';
import { describeRefusal } from '../texts/describe-refusal.js';
import { type Client, type ClientOptions } from './client.types.js';
import { createOperations } from './create-operations.js';

/**
 * Creates a client of one Injeung server.
 *
 * @example
 * const client = createClient({ endpoint: 'https://verify.example.com/graphql', locale: 'ko' });
 * const result = await client.requestEmailCode({ email });
 * if (result.ok) showCodeField(result.verification);
 * else showError(client.describe(result));
 */
export function createClient(options: ClientOptions): Client {
  const { locale, texts } = options;
  const reasons = { ...chooseReasonTexts(locale), ...texts };
  return {
    ...createOperations(options),
    describe: (refusal) => describeRefusal(refusal, reasons, locale),
  };
}
