import { Client } from 'pg';

/**
 * A connection whose loss fails only its statements: the one under way, and the next. The pool listens for errors of
 * idle connections only, and an error without a listener would end the process. A server that shuts down while a
 * connection is being made reports it before any later listener could be added.
 */
export class PostgresClient extends Client {
  /** The process that the start of the session named: the server's, or a number of a pooler's own. */
  declare readonly processID: number | null;

  constructor(...settings: ConstructorParameters<typeof Client>) {
    super(...settings);
    this.on('error', () => undefined);
  }
}
