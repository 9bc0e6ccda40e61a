import { type Logger } from '../../observability/logger';
import { AppError, badInput } from '../../shared/errors';
import { type AccessKeys, type KeyId } from './guards/access-keys';
import { isLoopbackAddress } from '../../shared/loopback';
import { clientAddress, readAddress } from '../http/client-address';
import { type OperationOutcome } from './operation-outcome.types';

/** What a resolver knows of its caller. */
export interface ApiContext {
  requestId: string;
  log: Logger;
  /** The actor in the audit log: name of the admin key that the caller holds, else its fingerprint; null without one. */
  admin: string | null;
  /** Fingerprint of the application key the caller holds, or null. */
  app: string | null;
  /** Whose key it was, for logs and metrics. */
  holder: KeyHolder;
  /** Whether application keys are set, so that front-end operations want one. */
  appKeyRequired: boolean;
  /** The peer's address, by which limits go unless an application key's holder tells the end user's. */
  peer: string;
  /** Whether the request came over TLS (as TRUST_PROXY tells) or from this machine, so that secrets may go back. */
  confidential: boolean;
  /** What came of each field at the root, for the request's log line; filled as they end. */
  outcomes: OperationOutcome[];
}

/** Whose key a request carries: `unknown` for a key that is not one of ours, `none` without one; both have no id. */
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

/** @throws AppError UNAUTHENTICATED when application keys are set and the caller holds none. */
export function requireApp(context: ApiContext): void {
  if (context.appKeyRequired && context.app === null) throw unauthenticated();
}

/** @throws AppError UNAUTHENTICATED when the caller holds neither an application key nor an admin key. */
export function requireBackEnd(context: ApiContext): void {
  if (context.app === null && context.admin === null) throw unauthenticated();
}

/** @throws AppError UNAUTHENTICATED when the caller holds no admin key. */
export function requireAdmin(context: ApiContext): string {
  if (context.admin === null) throw unauthenticated();
  return context.admin;
}

/**
 * The end user's address for the limits. An application's back end calls for many users, so its own address says
 * nothing and only the `clientIp` that it passes counts. Without an application key `clientIp` is ignored.
 *
 * @param path names `clientIp` in an error.
 * @throws AppError BAD_USER_INPUT when an application key's holder passes a `clientIp` that is not an address.
 */
export function endUserAddress(
  context: ApiContext,
  clientIp: string | null | undefined,
  path = 'input.clientIp',
): string | null {
  // All callers whose forwarded address is malformed share one key, so that no header gets a caller past a limit.
  if (context.app === null) return clientAddress(context.peer) ?? 'unknown';
  if (!clientIp) return null;
  const address = clientAddress(clientIp);
  if (address === null) throw badInput(path, 'INVALID_IP_ADDRESS', 'must be an IPv4 or IPv6 address');
  return address;
}

/** The end user's whole address for the human check; null where the caller did not pass it. */
export function endUserIp(context: ApiContext, clientIp: string | null | undefined): string | null {
  return readAddress(context.app === null ? context.peer : (clientIp ?? ''));
}

function unauthenticated(): AppError {
  return new AppError(
    'UNAUTHENTICATED',
    'this operation requires a valid key: send `Authorization: Bearer <key>`',
  );
}
