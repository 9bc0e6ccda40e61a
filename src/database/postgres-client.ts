import { Client } from 'pg';

/**
 * A connection whose loss ends nothing but its statements: the one under way fails by it, and so does the next. The
 * pool listens to idle connections alone, and an error that nobody listens to would end the process. A server that
 * shuts down while a connection is being made says so between the pool's ear and any that we could put on later.
 */
export class PostgresClient extends Client {
  constructor(...settings: ConstructorParameters<typeof Client>) {
    super(...settings);
    this.on('error', () => undefined);
  }
}
