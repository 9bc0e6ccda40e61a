import { randomUUID } from 'node:crypto';

/** How long a claim holds a delivery, in milliseconds: longer than a look-up and a send, 10 s each, may take. */
export const LEASE_MS = 30_000;

/** A claim of a delivery. Only the node that holds the lease may change the delivery. */
export interface Claim {
  id: string;
  lease: string;
}

/** Returns a function that makes a new lease of this node at every call. */
export function createLeases(): () => string {
  const node = randomUUID();
  let count = 0;
  return () => `${node}:${++count}`;
}
