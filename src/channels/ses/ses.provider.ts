import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { type Clock } from '../../shared/clock';
import { NoAnswer, type ProviderAnswer, ProviderConnection } from '../provider-connection';
import { type Accepted, DeliveryError, type OutgoingMessage, type Provider } from '../provider.types';
import { AwsSigner } from './aws-signature';
import { formatMailbox, type Sender } from '../mailbox';
import { sesRefusal, timeOfRefusal } from './ses-answers';
import { type SesEndpoint, sesEndpoint } from './ses-endpoint';

export interface SesSettings {
  region: string;
  configurationSet: string | null;
}

interface Door extends SesEndpoint {
  connection: ProviderConnection;
}

const PATH = '/v2/email/outbound-emails';
const RATE_CACHE_MS = 600_000;
const RATE_TIMEOUT_MS = 5_000;
const UTF8 = 'UTF-8';

/**
 * Amazon SES through its API, version 2. The SDK finds the credentials and the endpoint; messages go out by a call of
 * our own, since the SDK's client takes 0.6 ms of CPU for each, which is more than all the rest of a verification.
 */
export class SesProvider implements Provider {
  readonly name = 'ses';
  readonly channel = 'EMAIL';
  private readonly client: SESv2Client;
  private readonly signer: AwsSigner;
  private readonly from: string;
  private door: Promise<Door> | null = null;
  /** By how much SES's clock is ahead of ours, as far as its refusals told. */
  private clockDifferenceMs = 0;
  private rate: number | null = null;
  private rateReadAt = -Infinity;

  constructor(
    private readonly sender: Sender,
    private readonly settings: SesSettings,
    private readonly clock: Clock,
  ) {
    this.client = new SESv2Client({ region: settings.region, maxAttempts: 1 });
    this.from = formatMailbox(sender.from);
    this.signer = new AwsSigner(settings.region, 'ses');
  }

  async send(message: OutgoingMessage, signal: AbortSignal): Promise<Accepted> {
    const signedAt = this.clock.now() + this.clockDifferenceMs;
    // As bytes: it is hashed and written, and would be made into them for each.
    const body = Buffer.from(this.bodyOf(message));
    const answer = await this.post(body, signedAt, signal);
    if (answer.status !== 200) throw this.refusal(answer, signedAt);
    return { providerMessageId: messageIdOf(answer) };
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
    const door = await this.door?.catch(() => null);
    await door?.connection.close();
  }

  private async post(body: Buffer, signedAt: number, signal: AbortSignal): Promise<ProviderAnswer> {
    const { connection, origin, host, prefix } = await this.open();
    const credentials = await this.client.config.credentials().catch(noCredentials);
    const call = { method: 'POST', host, path: `${prefix}${PATH}`, body } as const;
    const signed = this.signer.sign(call, credentials, signedAt);
    const headers = { ...signed, 'content-type': 'application/json' };
    try {
      return await connection.call({ ...call, origin, headers, signal });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      const kind = error.notSent ? 'retryable' : 'unknown';
      throw new DeliveryError(kind, 'SES gave no answer', { providerCode: error.code });
    }
  }

  private open(): Promise<Door> {
    this.door ??= sesEndpoint(this.client).then(
      (endpoint) => ({ ...endpoint, connection: new ProviderConnection() }),
      (error: Error) => {
        this.door = null;
        const options = { failure: 'SENDER_REFUSED', providerCode: error.name } as const;
        throw new DeliveryError('permanent', 'the AWS settings give no endpoint', options);
      },
    );
    return this.door;
  }

  private refusal(answer: ProviderAnswer, signedAt: number): DeliveryError {
    const theirs = timeOfRefusal(answer, signedAt);
    if (theirs === null) return sesRefusal(answer);
    const difference = (this.clockDifferenceMs = theirs - this.clock.now());
    const off = `${Math.abs(Math.round(difference / 1000))} s ${difference > 0 ? 'behind' : 'ahead'}`;
    return new DeliveryError('retryable', `this machine's clock is ${off}; SES's is followed from here on`, {
      providerCode: 'RequestTimeTooSkewed',
    });
  }

  private bodyOf({ to, subject = '', text, html, deliveryId, verificationId }: OutgoingMessage): string {
    return JSON.stringify({
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
    });
  }
}

/** That there are none stays so; a role's may come when they are asked for again. */
function noCredentials(error: Error): never {
  const providerCode = error.name;
  if (providerCode !== 'CredentialsProviderError')
    throw new DeliveryError('retryable', 'AWS credentials could not be had', { providerCode });
  const options = { failure: 'SENDER_REFUSED', providerCode } as const;
  throw new DeliveryError('permanent', 'no AWS credentials were found', options);
}

/** An answer that cannot be read is still the answer that the message was taken. */
function messageIdOf({ text }: ProviderAnswer): string {
  try {
    const { MessageId } = JSON.parse(text) as { MessageId?: unknown };
    return typeof MessageId === 'string' ? MessageId : '';
  } catch {
    return '';
  }
}
