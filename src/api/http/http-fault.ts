/** A request that cannot be answered because of its HTTP, not of its content; Fastify takes the status from here. */
export class HttpFault extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
    this.name = 'HttpFault';
  }
}
