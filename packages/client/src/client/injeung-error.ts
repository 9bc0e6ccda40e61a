/**
 * A failure that no user can correct: a wrong endpoint, a missing application key, or an invalid option of the
 * caller. Failures that a user can cause are values instead.
 */
export class InjeungError extends Error {
  /**
   * @param code `extensions.code` of the server's error, or `NOT_GRAPHQL` when the endpoint did not answer as a GraphQL
   *   server.
   * @param extensions the details of the server's error, such as `fields`.
   */
  constructor(
    readonly code: string,
    message: string,
    readonly extensions: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'InjeungError';
  }
}
