import { type FastifyReply, type FastifyRequest } from 'fastify';
import { isLoopbackAddress } from '../../shared/loopback';
import { isForwarded } from '../http/forwarding';
import { hostNameOf, plainHostName } from '../http/host-header';
import { isLocalPageHost, isLocalPageOrigin } from '../http/local-page';

/**
 * Decides who may see the pages for development, which show codes: only users of this machine.
 *
 * A loopback peer alone is not sufficient. A tunnel or a proxy on this machine makes every caller a loopback
 * peer. A page of another site can also reach this machine through the browser of its visitor, under the
 * site's own name if its DNS points here (DNS rebinding).
 */
export class DevelopmentPages {
  private readonly host: string;

  /**
   * @param host the value of HOST, under which the pages are also served
   * @param remote whether everyone may see the pages (INBOX_REMOTE)
   */
  constructor(
    { host }: { host: string },
    private readonly remote: boolean,
  ) {
    this.host = plainHostName(host);
  }

  /** Returns why a request is refused and what to do about it; null if it may see the pages. */
  refusal = (request: FastifyRequest): string | null => {
    const reason = this.remote ? null : this.strangeness(request);
    return reason === null
      ? null
      : `this page is available on this machine only, and ${reason}; set INBOX_REMOTE=on to allow it`;
  };

  /** The same check as a hook of routes. */
  guard = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const error = this.refusal(request);
    return error === null ? undefined : reply.status(403).send({ error });
  };

  private strangeness(request: FastifyRequest): string | null {
    const { headers, socket, ip } = request;
    if (!isLoopbackAddress(socket.remoteAddress ?? '') || !isLoopbackAddress(ip))
      return 'the request comes from another machine';
    if (isForwarded(headers)) return 'the request was forwarded by a proxy or a tunnel';
    if (!this.isOwnHost(request)) return 'the Host header names another host';
    if (!this.isOwnOrigin(request)) return 'the request comes from a page of another site';
    return null;
  }

  private isOwnHost(request: FastifyRequest): boolean {
    const host = hostNameOf(request);
    const once = request.raw.headersDistinct.host?.length === 1;
    return once && host !== null && (isLocalPageHost(host) || host === this.host);
  }

  private isOwnOrigin({ headers }: FastifyRequest): boolean {
    const { origin } = headers;
    if (origin !== undefined) return isLocalPageOrigin(origin) || this.isHostsOrigin(origin);
    // A link on another site may open a page, because that site cannot read it.
    const opensPage = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
    return headers['sec-fetch-site'] !== 'cross-site' || opensPage;
  }

  private isHostsOrigin(origin: string): boolean {
    return URL.canParse(origin) && plainHostName(new URL(origin).hostname) === this.host;
  }
}
