import { GetAccountCommand, SendEmailCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import {
  type Accepted,
  DeliveryError,
  type DeliveryFailure,
  type OutgoingMessage,
  type Provider,
} from '../provider.types';
import { formatMailbox, type Sender } from './mailbox';

export interface SesSettings {
  region: string;
  configurationSet: string | null;
}

const RATE_CACHE_MS = 600_000;
const RATE_TIMEOUT_MS = 5_000;
const UTF8 = 'UTF-8';

/** Errors about this account or its settings: the next provider may do, this one will not. */
const SENDER_REFUSED = new Set([
  'AccessDeniedException',
  'AccountSuspendedException',
  'CredentialsProviderError',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'LimitExceededException',
  'MailFromDomainNotVerifiedException',
  'MissingAuthenticationTokenException',
  'NotFoundException',
  'OptInRequired',
  'SendingPausedException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/** The request never reached the service. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** Amazon SES through its API, version 2. */
export class SesProvider implements Provider {
  readonly name = 'ses';
  readonly channel = 'EMAIL';
  private readonly client: SESv2Client;
  private rate: number | null = null;
  private rateReadAt = -Infinity;

  constructor(
    private readonly sender: Sender,
    private readonly settings: SesSettings,
  ) {
    // The dispatcher retries, with what it knows of the code's life; SendEmail has no token that would make a
    // second layer's retry safe.
    this.client = new SESv2Client({ region: settings.region, maxAttempts: 1 });
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Accepted> {
    try {
      const answer = await this.client.send(this.command(message), { abortSignal: signal });
      return { providerMessageId: answer.MessageId ?? '' };
    } catch (error) {
      throw toDeliveryError(error);
    }
  }

  /** SES's own figure for this account as last read: no message waits for it. Null when the key may not read it. */
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

  private command({
    to,
    subject = '',
    text,
    html,
    deliveryId,
    verificationId,
  }: OutgoingMessage): SendEmailCommand {
    return new SendEmailCommand({
      FromEmailAddress: formatMailbox(this.sender.from),
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
    });
  }
}

/** SES's messages can quote addresses, so the error's name and status alone go on. */
function toDeliveryError(error: unknown): DeliveryError {
  const {
    name = 'Error',
    code,
    $metadata,
    message = '',
  } = error as {
    name?: string;
    code?: string;
    message?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  const providerCode = status === undefined ? (code ?? name) : name;
  const permanent = (failure: DeliveryFailure) =>
    new DeliveryError('permanent', `SES refused the message (${status ?? 'no answer'})`, {
      failure,
      providerCode,
    });
  if (SENDER_REFUSED.has(name)) return permanent('SENDER_REFUSED');
  if (status === undefined) {
    const kind = NOT_SENT.has(code ?? '') ? 'retryable' : 'unknown';
    return new DeliveryError(kind, 'SES gave no answer', { providerCode });
  }
  if (status === 429 || status >= 500 || /Throttl|TooManyRequests/.test(name)) {
    return new DeliveryError('retryable', `SES cannot take it now (${status})`, { providerCode });
  }
  if (name === 'MessageRejected') {
    return permanent(/suppress|blacklist/i.test(message) ? 'BLOCKED' : 'SENDER_REFUSED');
  }
  if (name === 'BadRequestException' && /destination|recipient|domain|address|local/i.test(message)) {
    return permanent(/from|sender|reply/i.test(message) ? 'SENDER_REFUSED' : 'INVALID_RECIPIENT');
  }
  return permanent('SENDER_REFUSED');
}
