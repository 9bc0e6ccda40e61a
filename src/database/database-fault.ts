/**
 * The database cannot be used as it is, which an operator has to change. Ends the start, and is a FAIL of the doctor.
 * Neither part holds a password.
 */
export class DatabaseFault extends Error {
  constructor(
    /** What happened, with the database's place. */
    readonly fault: string,
    /** What to do next. */
    readonly advice: string,
    options?: ErrorOptions,
  ) {
    super(`DATABASE_URL: ${fault}; ${advice}`, options);
    this.name = 'DatabaseFault';
  }
}
