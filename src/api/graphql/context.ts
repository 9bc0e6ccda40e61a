import { type Logger } from '../../observability/logger';
import { type Operator } from '../../audit/audit-log';
import { AppError, badInput } from '../../shared/errors';
import { type AccessKeys, type KeyId } from './guards/access-keys';
import { isLoopbackAddress } from '../../shared/loopback';
import { clientAddress, readAddress } from '../http/client-address';
import { type OperationOutcome } from './operation-outcome.types';

/** What a resolver knows about its caller. */
export interface ApiContext {
  requestId: string;
  log: Logger;
  /**
   * The actor in the audit log: the name of the caller's admin key, or its fingerprint if it has no name;
   * null without an admin key.
   */
  admin: string | null;
  /** Fingerprint of the caller's application key; null without one. */
  app: string | null;
  /** The key of the caller, for logs and metrics. */
  holder: KeyHolder;
  /** Whether application keys are set. If so, the operations of front ends require one. */
  appKeyRequired: boolean;
  /**
   * The address of the peer. Limits use it unless a caller with an application key passes the address of the
   * end user.
   */
  peer: string;
  /**
   * Whether the request came over TLS (according to TRUST_PROXY) or from this machine. Only then may an
   * answer contain a secret.
   */
  confidential: boolean;
  /** The outcome of each root field, added when the field ends, for the log line of the request. */
  outcomes: OperationOutcome[];
}

/**
 * The kind of key in a request: `unknown` for a key that is not in the settings, `none` without a key.
 * Neither of them has an id.
 */
export interface KeyHolder extends KeyId {
  kind: 'app' | 'admin' | 'unknown' | 'none';
}

export interface Caller {
  id: string;
  ip: string;
  secure: boolean;
  log: Logger;
  authorization: string | undefined;
}

export function createContext(caller: Caller, adminKeys: AccessKeys, appKeys: AccessKeys): ApiContext {
  const admin = adminKeys.find(caller.authorization);
  const app = appKeys.find(caller.authorization);
  return {
    requestId: caller.id,
    log: caller.log,
    admin: admin && (admin.name ?? admin.fingerprint),
    app: app && app.fingerprint,
    holder: holderOf(admin, app, caller.authorization),
    appKeyRequired: appKeys.any,
    peer: caller.ip,
    confidential: caller.secure || isLoopbackAddress(caller.ip),
    outcomes: [],
  };
}

function holderOf(admin: KeyId | null, app: KeyId | null, authorization: string | undefined): KeyHolder {
  if (app !== null) return { kind: 'app', ...app };
  if (admin !== null) return { kind: 'admin', ...admin };
  return { kind: authorization === undefined ? 'none' : 'unknown', name: null, fingerprint: '' };
}

/** @throws AppError UNAUTHENTICATED when application keys are set and the caller has none. */
export function requireApp(context: ApiContext): void {
  if (context.appKeyRequired && context.app === null) throw unauthenticated();
}

/** @throws AppError UNAUTHENTICATED when the caller has neither an application key nor an admin key. */
export function requireBackEnd(context: ApiContext): void {
  if (context.app === null && context.admin === null) throw unauthenticated();
}

/**
 * Returns the operator as the audit log records it, with the complete address of the caller as TRUST_PROXY finds it. A
 * forwarded value that is not an address is recorded as `unknown`.
 *
 * @throws AppError UNAUTHENTICATED when the caller has no admin key.
 */
export function requireAdmin({ admin, peer }: ApiContext): Operator {
  if (admin === null) throw unauthenticated();
  return { actor: admin, address: readAddress(peer) ?? 'unknown' };
}

/**
 * Returns the address of the end user for the limits. With an application key this is `clientIp`: the back
 * end calls for many users, so its own address identifies none of them. Without an application key `clientIp`
 * is ignored.
 *
 * @param path names `clientIp` in an error.
 * @throws AppError BAD_USER_INPUT when a caller with an application key passes a `clientIp` that is not an
 *   address.
 */
export function endUserAddress(
  context: ApiContext,
  clientIp: string | null | undefined,
  path = 'input.clientIp',
): string | null {
  // All callers whose forwarded address is malformed share one key, so a malformed header cannot bypass a
  // limit.
  if (context.app === null) return clientAddress(context.peer) ?? 'unknown';
  if (!clientIp) return null;
  const address = clientAddress(clientIp);
  if (address === null) throw badInput(path, 'INVALID_IP_ADDRESS', 'must be an IPv4 or IPv6 address');
  return address;
}

/** Returns the complete address of the end user for the human check; null when the caller did not pass it. */
export function endUserIp(context: ApiContext, clientIp: string | null | undefined): string | null {
  return readAddress(context.app === null ? context.peer : (clientIp ?? ''));
}

function unauthenticated(): AppError {
  return new AppError(
    'UNAUTHENTICATED',
    'this operation requires a valid key: send `Authorization: Bearer <key>`',
  );
}
