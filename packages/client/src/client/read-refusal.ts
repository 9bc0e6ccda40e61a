import { InjeungError } from './injeung-error.js';
import { type InputRule, type LimitName, type RecipientRefusal, type Refusal } from './refusal.types.js';
import { type GraphQLFault } from './transport.js';

/** The fields of the inputs that users type. All others are options of the caller. */
const USER_FIELD = /^input\.(email|phoneNumber|code)$/;

interface Extensions {
  code?: string;
  fields?: { path: string; rule: string }[];
  limit?: string;
  reason?: RecipientRefusal['cause'];
  retryAfterSeconds?: number;
  requestId?: string;
}

/**
 * Converts an error of the server to a refusal.
 *
 * @param conflict the refusal that CONFLICT means for the operation; null when only the caller can cause it.
 * @throws InjeungError when no user can cause or correct the error.
 */
export function readRefusal(fault: GraphQLFault, conflict: Refusal | null): Refusal {
  return refusalOf(fault.extensions ?? {}, conflict) ?? raise(fault);
}

function refusalOf(extensions: Extensions, conflict: Refusal | null): Refusal | null {
  const { code, limit, reason, retryAfterSeconds, requestId } = extensions;
  const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  switch (code) {
    case 'BAD_USER_INPUT':
      return inputRefusal(extensions);
    case 'RATE_LIMITED':
      return {
        ok: false,
        reason: code,
        limit: limit as LimitName,
        retryAfterSeconds: retryAfterSeconds ?? 1,
      };
    case 'HUMAN_CHECK_REQUIRED':
    case 'CHANNEL_UNAVAILABLE':
      return { ok: false, reason: code, ...wait };
    case 'RECIPIENT_NOT_ALLOWED':
      return { ok: false, reason: code, cause: reason ?? null };
    case 'NOT_FOUND':
      return { ok: false, reason: code };
    case 'CONFLICT':
      return conflict;
    case 'INTERNAL_SERVER_ERROR':
      return { ok: false, reason: code, requestId: requestId ?? null };
    default:
      return null;
  }
}

/** Null when an option of the caller breaks a rule. */
function inputRefusal({ fields = [] }: Extensions): Refusal | null {
  const refused = fields.map(({ path, rule }) => ({ name: USER_FIELD.exec(path)?.[1], rule }));
  const [first] = refused;
  if (!first || refused.some(({ name }) => name === undefined)) return null;
  const field = first.name as 'email' | 'phoneNumber' | 'code';
  return { ok: false, reason: 'BAD_USER_INPUT', field, rule: first.rule as InputRule };
}

function raise({ message, extensions = {} }: GraphQLFault): never {
  throw new InjeungError(String(extensions.code), message, extensions);
}
