import { type User, type Protocol } from '../contenders/contender.types';
import { type HttpAnswer, type HttpCall } from './http-connection';
import { type StandIn } from './stand-in';

/** The durations of one flow, in milliseconds. */
export interface FlowTimes {
  /** From the request for the code until its answer. */
  requestMs: number;
  /**
   * From the request for the code until the message reached the provider. This is longer than the time since
   * the commit.
   */
  arrivalMs: number;
  verifyMs: number;
}

export type Send = (call: HttpCall) => Promise<HttpAnswer>;

/** Users without earlier requests, so that no limit is reached. */
export class Users {
  private next = 0;

  constructor(private readonly email: (n: number) => string) {}

  get count(): number {
    return this.next;
  }

  take(): User {
    const n = this.next++;
    return { email: this.email(n), address: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` };
  }
}

/**
 * One flow: requests a code, reads it from the message and verifies it.
 *
 * @throws Error when a step does not have the expected result.
 */
export async function runFlow(
  protocol: Protocol,
  standIn: StandIn,
  user: User,
  send: Send,
): Promise<FlowTimes> {
  const message = standIn.expect(user.email);
  const askedAt = performance.now();
  const id = protocol.requested(await send(protocol.request(user)));
  const requestMs = performance.now() - askedAt;
  const { code, arrivedAt } = await message;
  const typedAt = performance.now();
  const answer = await send(protocol.verify(user, id, code));
  const verifyMs = performance.now() - typedAt;
  if (!protocol.verified(answer)) throw new Error(`the right code was refused: ${answer.body.slice(0, 300)}`);
  return { requestMs, arrivalMs: arrivedAt - askedAt, verifyMs };
}

/**
 * Checks that a contender really verifies: a wrong code is refused, the right one is accepted, and only once.
 *
 * @throws Error that says what the contender did instead.
 */
export async function checkContender(
  protocol: Protocol,
  standIn: StandIn,
  user: User,
  send: Send,
): Promise<void> {
  const message = standIn.expect(user.email);
  const id = protocol.requested(await send(protocol.request(user)));
  const { code } = await message;
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const verifies = async (typed: string) => protocol.verified(await send(protocol.verify(user, id, typed)));
  if (await verifies(wrong)) throw new Error('a wrong code was accepted');
  if (!(await verifies(code))) throw new Error('the right code was refused');
  if (await verifies(code)) throw new Error('a code was accepted twice');
}
