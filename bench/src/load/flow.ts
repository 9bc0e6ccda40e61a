import { type Person, type Protocol } from '../contenders/contender.types';
import { type HttpAnswer, type HttpCall } from './http-connection';
import { type StandIn } from './stand-in';

/** What one flow took, in milliseconds. */
export interface FlowTimes {
  /** From asking for the code until the answer. */
  requestMs: number;
  /** From asking for the code until the message stood at the provider's door: more than from the commit. */
  doorMs: number;
  verifyMs: number;
}

export type Send = (call: HttpCall) => Promise<HttpAnswer>;

/** Persons nobody has asked a code for before, so that no limit is ever met. */
export class People {
  private next = 0;

  constructor(private readonly email: (n: number) => string) {}

  get count(): number {
    return this.next;
  }

  take(): Person {
    const n = this.next++;
    return { email: this.email(n), address: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}` };
  }
}

/**
 * One person's way through: asks for a code, reads it from the message, gives it back.
 *
 * @throws Error when any of it does not go as it should.
 */
export async function runFlow(
  protocol: Protocol,
  standIn: StandIn,
  person: Person,
  send: Send,
): Promise<FlowTimes> {
  const message = standIn.expect(person.email);
  const askedAt = performance.now();
  const id = protocol.requested(await send(protocol.request(person)));
  const requestMs = performance.now() - askedAt;
  const { code, arrivedAt } = await message;
  const guessedAt = performance.now();
  const answer = await send(protocol.verify(person, id, code));
  const verifyMs = performance.now() - guessedAt;
  if (!protocol.verified(answer)) throw new Error(`the right code was refused: ${answer.body.slice(0, 300)}`);
  return { requestMs, doorMs: arrivedAt - askedAt, verifyMs };
}

/**
 * Makes sure that a contender truly verifies: a wrong code is refused, the right one accepted, and that only once.
 *
 * @throws Error naming what it did instead.
 */
export async function proveHonest(
  protocol: Protocol,
  standIn: StandIn,
  person: Person,
  send: Send,
): Promise<void> {
  const message = standIn.expect(person.email);
  const id = protocol.requested(await send(protocol.request(person)));
  const { code } = await message;
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  const guess = async (typed: string) => protocol.verified(await send(protocol.verify(person, id, typed)));
  if (await guess(wrong)) throw new Error('a wrong code was accepted');
  if (!(await guess(code))) throw new Error('the right code was refused');
  if (await guess(code)) throw new Error('a code was accepted twice');
}
