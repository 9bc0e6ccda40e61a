import { type FastifyInstance } from 'fastify';
import { reasonOf } from '../shared/errors';
import { raceTimeout } from '../shared/race-timeout';
import { StartFailure } from './start-failure';

/** How long resolving a host name in HOST may take, in milliseconds. A slower resolver fails the start. */
const LISTEN_MS = 3_000;
/** How often idle connections are closed after the stop began, in milliseconds. */
const IDLE_CHECK_MS = 50;

const NO_ANSWER = Symbol('no answer');

/** Opens and closes the port of the HTTP server. */
export class HttpListener {
  constructor(
    private readonly server: FastifyInstance,
    private readonly address: { host: string; port: number },
  ) {}

  /**
   * @returns the URL on which it listens: `http://127.0.0.1:4000`.
   * @throws StartFailure that names PORT or HOST.
   */
  async listen(): Promise<string> {
    const { host } = this.address;
    let url: string | typeof NO_ANSWER;
    try {
      url = await raceTimeout(LISTEN_MS, this.server.listen(this.address), NO_ANSWER);
    } catch (error) {
      throw this.explain(error as NodeJS.ErrnoException);
    }
    if (url === NO_ANSWER)
      throw new StartFailure('HOST', `the name ${host} was not resolved in time; set HOST to an IP address`);
    return url;
  }

  /** Stops listening and waits until every request in progress is answered. */
  async close(): Promise<void> {
    const idle = setInterval(() => this.server.server.closeIdleConnections(), IDLE_CHECK_MS);
    try {
      await this.server.close();
    } finally {
      clearInterval(idle);
    }
  }

  /** Stops listening and closes every connection, even if a request is in progress. */
  async cutOff(): Promise<void> {
    const closed = this.server.close();
    this.server.server.closeAllConnections();
    await closed;
  }

  private explain(error: NodeJS.ErrnoException): StartFailure {
    const { host, port } = this.address;
    const failure = (setting: string, explanation: string) => new StartFailure(setting, explanation, error);
    switch (error.code) {
      case 'EADDRINUSE':
        return failure('PORT', `${port} is in use at ${host}; stop the other program or set another PORT`);
      case 'EACCES':
        return failure('PORT', `this user may not listen on ${port}; set a PORT of 1024 or more`);
      case 'EADDRNOTAVAIL':
      case 'EAFNOSUPPORT':
      case 'EINVAL':
        return failure(
          'HOST',
          `${host} is not an address of this machine (${error.code}); set HOST to one, or to 0.0.0.0 for all`,
        );
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EAI_NODATA':
        return failure('HOST', `the name ${host} cannot be resolved (${error.code}); set HOST to an address`);
      default:
        return failure('HOST, PORT', `cannot listen on ${host}, port ${port}: ${reasonOf(error)}`);
    }
  }
}
