import {
  GetAccountCommand,
  SendEmailCommand,
  type SendEmailCommandInput,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import { type CreateProvider } from '../create-provider.types';
import { formatMailbox, type Sender } from '../mailbox';
import { type AcceptedSend, DeliveryError, type OutgoingMessage, type Provider } from '../provider.types';
import { rejectOnAbort } from '../reject-on-abort';
import { createSesClient } from './ses-client';
import { type SesSettings } from './ses-settings';
import { clockError, noAnswer, type SdkError, toDeliveryError } from './ses-errors';

const RATE_CACHE_MS = 600_000;
const RATE_TIMEOUT_MS = 5_000;
/**
 * AWS accepts signatures that are up to five minutes old, so a smaller difference cannot be the reason for a refusal.
 */
const CLOCK_TOLERANCE_MS = 4 * 60_000;
const UTF8 = 'UTF-8';

/** Amazon SES through its API, version 2. The SDK finds credentials and endpoint, and signs. */
export class SesProvider implements Provider {
  readonly name = 'ses';
  readonly channel = 'EMAIL';
  private readonly client: SESv2Client;
  private readonly from: string;
  private credentialsFound = false;
  private rate: number | null = null;
  private rateReadAt = -Infinity;

  constructor(
    private readonly sender: Sender,
    private readonly settings: SesSettings,
  ) {
    this.client = createSesClient(settings.region);
    this.from = formatMailbox(sender.from);
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<AcceptedSend> {
    await this.loadCredentials(signal);
    const { config } = this.client;
    const offsetMs = config.systemClockOffset;
    try {
      const command = new SendEmailCommand(this.inputFor(message));
      const { MessageId = '' } = await this.client.send(command, { abortSignal: signal });
      return { providerMessageId: MessageId };
    } catch (error) {
      // The SDK then throws an error of its own, whatever the request handler threw.
      if (signal.aborted) throw noAnswer('unknown', (signal.reason as Error).name);
      const status = (error as SdkError).$metadata?.httpStatusCode;
      // SES accepted the message although its answer cannot be read.
      if (status === 200) return { providerMessageId: '' };
      // The SDK takes the time of every answer. If that moved its clock far, the signature had the wrong time.
      const wasClockOff = Math.abs(config.systemClockOffset - offsetMs) > CLOCK_TOLERANCE_MS;
      throw status === 403 && wasClockOff
        ? clockError(-config.systemClockOffset)
        : toDeliveryError(error as SdkError);
    }
  }

  /**
   * Returns the account's rate as SES last reported it, or null while it is unknown or the key may not read it. Reads
   * it again in the background, so that no message waits for it.
   */
  async maxPerSecond(): Promise<number | null> {
    if (performance.now() - this.rateReadAt > RATE_CACHE_MS) {
      this.rateReadAt = performance.now();
      void this.client
        .send(new GetAccountCommand({}), { abortSignal: AbortSignal.timeout(RATE_TIMEOUT_MS) })
        .then(
          ({ SendQuota }) => (this.rate = SendQuota?.MaxSendRate ?? null),
          () => (this.rate = null),
        );
    }
    return this.rate;
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  /** Missing credentials are permanent. A failure to load a role's credentials is temporary, so it is retried. */
  private async loadCredentials(signal: AbortSignal): Promise<void> {
    try {
      await rejectOnAbort(signal, this.client.config.credentials());
      this.credentialsFound = true;
    } catch (error) {
      const providerCode = (error as Error).name;
      // The SDK gives this name to roles of containers and machines as well, whose credentials were found before.
      const missing = providerCode === 'CredentialsProviderError' && !this.credentialsFound;
      throw missing
        ? new DeliveryError('permanent', 'no AWS credentials were found', {
            failure: 'SENDER_REFUSED',
            providerCode,
          })
        : new DeliveryError('retryable', 'AWS credentials could not be loaded', { providerCode });
    }
  }

  private inputFor(message: OutgoingMessage): SendEmailCommandInput {
    const { to, subject = '', text, html, deliveryId, verificationId } = message;
    return {
      FromEmailAddress: this.from,
      ReplyToAddresses: this.sender.replyTo === null ? undefined : [this.sender.replyTo],
      Destination: { ToAddresses: [to] },
      Content: {
        Simple: {
          Subject: { Data: subject, Charset: UTF8 },
          Body: {
            Text: { Data: text, Charset: UTF8 },
            Html: html === undefined ? undefined : { Data: html, Charset: UTF8 },
          },
        },
      },
      EmailTags: [
        { Name: 'injeung_delivery', Value: deliveryId },
        { Name: 'injeung_verification', Value: verificationId },
      ],
      ConfigurationSetName: this.settings.configurationSet ?? undefined,
    };
  }
}

export const createSes: CreateProvider = ({ emailFrom: from, emailReplyTo: replyTo, ses }) =>
  new SesProvider({ from, replyTo }, ses);
