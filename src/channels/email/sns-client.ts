import { X509Certificate } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { type Clock } from '../../shared/clock';

/** SNS itself, and nobody who only names an address: host, and https without a port of its own. */
const SNS_HOST = /^sns\.[a-z0-9-]{3,}\.amazonaws\.com(\.cn)?$/;
const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** SNS has one certificate a region, and a new one every year or so. */
const MAX_CERTIFICATES = 8;

/** The address is none of SNS's, or what lies there is no certificate that is valid now: nothing signed by it is believed. */
export class UntrustedAddress extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UntrustedAddress';
  }
}

/** SNS gave no answer now: whether the message is genuine will be known when it comes again. */
export class SnsUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnsUnavailable';
  }
}

/** Fetches from SNS what its messages name: signing certificates and confirmations. From no other host, by no redirect. */
export class SnsClient {
  /** By address, the oldest first; those under way are among them, so that many messages ask once. */
  private readonly certificates = new Map<string, Promise<string>>();

  constructor(
    private readonly clock: Clock,
    /** Another way out, in tests. */
    private readonly dispatcher?: Dispatcher,
  ) {}

  /** The certificate as PEM. @throws UntrustedAddress, SnsUnavailable */
  async certificate(address: string): Promise<string> {
    const url = snsUrl(address);
    if (!url.pathname.endsWith('.pem') || url.search !== '')
      throw new UntrustedAddress('not the address of a certificate');
    const pem = await this.remembered(url);
    // Looked at each time: one that was fetched while valid may have ended since.
    const { validFrom, validTo } = new X509Certificate(pem);
    const now = this.clock.now();
    if (now < Date.parse(validFrom) || now > Date.parse(validTo))
      throw new UntrustedAddress('the signing certificate is not valid now');
    return pem;
  }

  /** Confirms a subscription. @throws UntrustedAddress, SnsUnavailable */
  async confirm(subscribeUrl: string): Promise<void> {
    await this.get(snsUrl(subscribeUrl));
  }

  private remembered(url: URL): Promise<string> {
    const known = this.certificates.get(url.href);
    if (known) return known;
    const fetching = this.get(url).then(toCertificate);
    // A failure is not kept, or one lost packet would refuse all events until the next start.
    fetching.catch(() => this.certificates.delete(url.href));
    this.certificates.set(url.href, fetching);
    if (this.certificates.size > MAX_CERTIFICATES)
      this.certificates.delete(this.certificates.keys().next().value!);
    return fetching;
  }

  private async get(url: URL): Promise<string> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    let status: number;
    let text: string;
    try {
      const answer = await request(url, { signal, dispatcher: this.dispatcher });
      status = answer.statusCode;
      text = await readBounded(answer.body);
    } catch (error) {
      if (error instanceof UntrustedAddress) throw error;
      throw new SnsUnavailable(`SNS gave no answer (${(error as { code?: string }).code ?? 'time-out'})`);
    }
    if (status === 200) return text;
    if (status >= 500 || status === 429) throw new SnsUnavailable(`SNS answered ${status}`);
    throw new UntrustedAddress(`SNS answered ${status}`);
  }
}

function snsUrl(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const plain = url?.protocol === 'https:' && url.username === '' && url.password === '' && url.port === '';
  if (!plain || !SNS_HOST.test(url.hostname)) throw new UntrustedAddress("not one of SNS's addresses");
  return url;
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new UntrustedAddress('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function toCertificate(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch {
    throw new UntrustedAddress('what lies there is no certificate');
  }
}
