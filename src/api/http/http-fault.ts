/** A fault of the HTTP request, not of its content. Fastify answers with this status. */
export class HttpFault extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
    this.name = 'HttpFault';
  }
}
