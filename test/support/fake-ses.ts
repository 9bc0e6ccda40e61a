import { createHash, createHmac } from 'node:crypto';
import { FakeSesIdentities, sesRefusal } from './fake-ses-identities';
import { type Answer, type Call, HttpProvider } from './http-provider';

export const SES_CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

export interface SesMessage {
  id: string;
  from: string;
  to: string;
  replyTo?: string;
  subject: string;
  text: string;
  html: string;
  tags: Record<string, string>;
  configurationSet?: string;
}

/** SESv2 on loopback. It checks signatures, accepts messages of the right shape, and stores identities. */
export class FakeSes extends HttpProvider {
  readonly messages: SesMessage[] = [];
  readonly identities = new FakeSesIdentities();
  /** The suppression list of the account. */
  readonly suppressed = new Set<string>();
  account: Record<string, unknown> = {
    SendQuota: { Max24HourSend: 200, MaxSendRate: 100, SentLast24Hours: 0 },
    SendingEnabled: true,
  };

  /** SES's clock in epoch milliseconds. Null: signatures of any age are accepted. */
  clock: (() => number) | null = null;

  static start(): Promise<FakeSes> {
    return new FakeSes().listen();
  }

  /** The variables that make the SDK call this server. Set them in the environment of the process. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_SESV2: this.url,
      AWS_ACCESS_KEY_ID: SES_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: SES_CREDENTIALS.secretAccessKey,
    };
  }

  protected override isMessage(call: Call): boolean {
    return call.method === 'POST' && call.target === '/v2/email/outbound-emails';
  }

  protected override answer(call: Call): Answer {
    const answer = this.answerUndated(call);
    if (!this.clock) return answer;
    return { ...answer, headers: { ...answer.headers, date: new Date(this.clock()).toUTCString() } };
  }

  private answerUndated(call: Call): Answer {
    const signature = checkSignature(call);
    if (signature !== null) return sesRefusal(403, 'InvalidSignatureException', signature);
    if (this.clock && Math.abs(signedAt(call) - this.clock()) > 300_000)
      return sesRefusal(403, 'InvalidSignatureException', 'Signature expired');
    if (call.method === 'GET' && call.target === '/v2/email/account')
      return { status: 200, body: this.account };
    const suppression = this.answerSuppression(call);
    if (suppression) return suppression;
    if (this.isMessage(call)) return this.take(JSON.parse(call.body));
    return this.identities.answer(call) ?? sesRefusal(404, 'NotFoundException', call.target);
  }

  private answerSuppression({ method, target }: Call): Answer | null {
    const [, encoded] = /^\/v2\/email\/suppression\/addresses\/([^/?]+)$/.exec(target) ?? [];
    if (encoded === undefined) return null;
    const address = decodeURIComponent(encoded);
    const planned = this.identities.refusals.shift();
    if (planned) return planned;
    if (!this.suppressed.has(address))
      return sesRefusal(404, 'NotFoundException', 'Email address is not on your suppression list');
    if (method === 'DELETE') this.suppressed.delete(address);
    return { status: 200, body: { SuppressedDestination: { EmailAddress: address, Reason: 'BOUNCE' } } };
  }

  private take(body: any): Answer {
    const { Simple: simple } = body.Content ?? {};
    const parts = [simple?.Subject, simple?.Body?.Text, simple?.Body?.Html];
    const wellFormed =
      body.Destination?.ToAddresses?.length === 1 &&
      parts.every((part) => typeof part?.Data === 'string' && part.Charset === 'UTF-8') &&
      !/[\r\n]/.test(simple.Subject.Data) &&
      body.EmailTags.every(
        ({ Name, Value }: any) => /^[\w-]{1,256}$/.test(Name) && /^[\w-]{1,256}$/.test(Value),
      );
    if (!wellFormed) return sesRefusal(400, 'BadRequestException', 'malformed');
    const id = `0100-${this.messages.length + 1}`;
    this.messages.push({
      id,
      from: body.FromEmailAddress,
      to: body.Destination.ToAddresses[0],
      replyTo: body.ReplyToAddresses?.[0],
      subject: simple.Subject.Data,
      text: simple.Body.Text.Data,
      html: simple.Body.Html.Data,
      tags: Object.fromEntries(body.EmailTags.map(({ Name, Value }: any) => [Name, Value])),
      configurationSet: body.ConfigurationSetName,
    });
    return { status: 200, body: { MessageId: id } };
  }
}

/** Computes the AWS Signature Version 4 again. Returns null when it is right. */
function checkSignature({ method, target, headers, body }: Call): string | null {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/ses\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/;
  const [, accessKeyId, date, region, signedHeaders, signature] =
    form.exec(headers.authorization ?? '') ?? [];
  if (accessKeyId !== SES_CREDENTIALS.accessKeyId) return 'unknown access key or malformed authorization';
  const { pathname, search } = new URL(target, 'http://localhost');
  const query = [...new URLSearchParams(search)]
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .sort()
    .join('&');
  const names = signedHeaders!.split(';');
  if (!names.includes('host')) return 'host is not signed';
  const canonical = [
    method,
    // Every service except S3 encodes the segments of the path once more.
    pathname.split('/').map(encodeURIComponent).join('/'),
    query,
    ...names.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n');
  const scope = `${date}/${region}/ses/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date!, region!, 'ses', 'aws4_request'].reduce<Buffer>(
    (secret, step) => createHmac('sha256', secret).update(step).digest(),
    Buffer.from(`AWS4${SES_CREDENTIALS.secretAccessKey}`),
  );
  const expected = createHmac('sha256', key).update(toSign).digest('hex');
  return expected === signature ? null : 'the signature does not match';
}

function signedAt({ headers }: Call): number {
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(String(headers['x-amz-date']))!;
  return Date.parse(`${day!.replace(/(....)(..)/, '$1-$2-')}T${time!.replace(/(..)(..)/, '$1:$2:')}Z`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
