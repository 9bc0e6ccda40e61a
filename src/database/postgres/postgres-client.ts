import { Client } from 'pg';

/**
 * A connection whose loss fails its running statement and its next one, but never the process.
 *
 * The pool listens only for errors of idle connections, and Node ends the process at an error without a listener. The
 * listener is added in the constructor, because a server that shuts down while the connection is made reports an error
 * before a listener could be added later.
 */
export class PostgresClient extends Client {
  /**
   * The process id that was received at the start of the session: of the server's process, or one invented by a pooler.
   */
  declare readonly processID: number | null;

  constructor(...settings: ConstructorParameters<typeof Client>) {
    super(...settings);
    this.on('error', () => undefined);
  }
}
