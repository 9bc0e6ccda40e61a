import { LIMIT_NAMES, type LimitName } from '../../limits/limit-refusals';

/** Why a request was refused, with the names of `errors[].extensions`. */
export interface RefusalCause {
  /** Code of the error; `OTHER` for the row that adds up the rest. */
  code: string;
  /** Name of the limit that refused; null when it was not a limit. */
  limit: LimitName | null;
  /** The `reason` of the error, such as SUPPRESSED; null when the error has none. */
  reason: string | null;
}

/** The code whose refusals are stored under the name of the limit alone, as former versions stored them. */
const OF_LIMIT = 'RATE_LIMITED';

/** `RECIPIENT_HOURLY`, `BAD_USER_INPUT` or `RECIPIENT_NOT_ALLOWED/PURPOSE`: the column `reason` of the table. */
export function encodeCause({ code, limit, reason }: RefusalCause): string {
  if (code === OF_LIMIT && limit !== null) return limit;
  const detail = limit ?? reason;
  return detail === null ? code : `${code}/${detail}`;
}

export function decodeCause(stored: string): RefusalCause {
  if (isLimit(stored)) return { code: OF_LIMIT, limit: stored, reason: null };
  const [code, detail = null] = stored.split('/');
  return detail !== null && isLimit(detail)
    ? { code: code!, limit: detail, reason: null }
    : { code: code!, limit: null, reason: detail };
}

function isLimit(name: string): name is LimitName {
  return (LIMIT_NAMES as readonly string[]).includes(name);
}
