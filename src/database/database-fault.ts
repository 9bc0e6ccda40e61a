/**
 * The database cannot be used until an operator changes something. The server does not start then, and the doctor
 * reports a FAIL. Neither part of the message contains a password.
 */
export class DatabaseFault extends Error {
  constructor(
    /** What happened, with the host or the path of the database. */
    readonly fault: string,
    /** What to do next. */
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`DATABASE_URL: ${fault}; ${advice}`, options);
    this.name = 'DatabaseFault';
  }
}
