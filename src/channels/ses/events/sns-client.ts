import { X509Certificate } from 'node:crypto';
import { type Dispatcher, request } from 'undici';
import { type Clock } from '../../../shared/clock';
import { AnswerTooLong, readBounded } from '../../../shared/read-bounded';

const TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** SNS has one certificate per region and replaces it about once a year. */
const MAX_CERTIFICATES = 8;
/** Anybody who knows the topic's ARN can cause a fetch, so only few run at once. */
const MAX_FETCHES = 4;

/** An address that SNS does not use, or content at it that is not a valid certificate. The message is refused. */
export class UntrustedAddress extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UntrustedAddress';
  }
}

/** SNS did not answer. The message can be verified when SNS sends it again. */
export class SnsUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnsUnavailable';
  }
}

/**
 * Fetches what SNS's messages refer to: signing certificates and confirmations. It requests one host only and follows
 * no redirect.
 */
export class SnsClient {
  /** Valid certificates as PEM by address, oldest first. Failed fetches never enter it, so junk cannot evict one. */
  private readonly certificates = new Map<string, string>();
  /** Fetches under way by address, so that messages that arrive together share one. */
  private readonly fetching = new Map<string, Promise<string>>();

  constructor(
    /** SNS's endpoint in the region of the topic, see `snsHost`. */
    private readonly host: string,
    private readonly clock: Clock,
    /** Replaces the connection in tests. */
    private readonly dispatcher?: Dispatcher,
  ) {}

  /** Returns the certificate as PEM. @throws UntrustedAddress, SnsUnavailable */
  async certificate(address: string): Promise<string> {
    const url = this.trusted(address);
    if (!address.endsWith('.pem') || address.includes('?'))
      throw new UntrustedAddress('not the address of a certificate');
    const pem = this.certificates.get(url.href) ?? (await this.fetchCertificate(url));
    // Checked on every use: a certificate that was valid when it was fetched may have expired since.
    const { validFrom, validTo } = new X509Certificate(pem);
    const now = this.clock.now();
    if (now < Date.parse(validFrom) || now > Date.parse(validTo))
      throw new UntrustedAddress('the signing certificate is not valid now');
    return pem;
  }

  /** Confirms a subscription. @throws UntrustedAddress, SnsUnavailable */
  async confirm(subscribeUrl: string): Promise<void> {
    await this.get(this.trusted(subscribeUrl));
  }

  private async fetchCertificate(url: URL): Promise<string> {
    const underWay = this.fetching.get(url.href);
    if (underWay) return underWay;
    if (this.fetching.size >= MAX_FETCHES)
      throw new SnsUnavailable('too many certificates are being fetched');
    const fetching = this.get(url).then(toCertificate);
    this.fetching.set(url.href, fetching);
    try {
      const pem = await fetching;
      this.certificates.set(url.href, pem);
      if (this.certificates.size > MAX_CERTIFICATES)
        this.certificates.delete(this.certificates.keys().next().value!);
      return pem;
    } finally {
      this.fetching.delete(url.href);
    }
  }

  private async get(url: URL): Promise<string> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    let status: number;
    let text: string;
    try {
      const answer = await request(url, { signal, dispatcher: this.dispatcher });
      status = answer.statusCode;
      text = await readBounded(answer.body, MAX_ANSWER_BYTES);
    } catch (error) {
      if (error instanceof AnswerTooLong) throw new UntrustedAddress(error.message);
      throw new SnsUnavailable(`SNS did not answer (${(error as { code?: string }).code ?? 'time-out'})`);
    }
    if (status === 200) return text;
    if (status >= 500 || status === 429) throw new SnsUnavailable(`SNS answered ${status}`);
    throw new UntrustedAddress(`SNS answered ${status}`);
  }

  /**
   * Returns the address if it has exactly this host. SNS sends plain addresses, so an address that URL parsing would
   * change is refused too: capitals in the host, a port, credentials, control characters, `..` in the path, a fragment.
   */
  private trusted(address: string): URL {
    const url = URL.canParse(address) ? new URL(address) : null;
    if (
      url === null ||
      !address.startsWith(`https://${this.host}/`) ||
      url.href !== address ||
      url.hash !== ''
    )
      throw new UntrustedAddress("not an address of SNS in the topic's region");
    return url;
  }
}

function toCertificate(pem: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch {
    throw new UntrustedAddress('the content of the address is not a certificate');
  }
}
