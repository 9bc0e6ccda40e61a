import { SETTINGS } from './declaration';

/** An environment variable that is not a setting, although its name suggests that one was meant. */
export interface UnknownName {
  variable: string;
  /** The setting that was probably meant; null when only the prefix suggests one of ours. */
  likely: string | null;
}

/** Only settings of Injeung begin like this, whatever else runs on the machine. */
const OUR_PREFIXES = ['INJEUNG_', 'SENS_', 'SOLAPI_', 'HUMAN_CHECK_', 'RECIPIENT_'];
/**
 * AWS has more variables than we declare, and families of them (`AWS_ENDPOINT_URL_S3`), so only typing errors
 * count.
 */
const FOREIGN_FAMILY = 'AWS_';
/**
 * Kubernetes and Docker set these for every service in the same network, including one that is called
 * `injeung`.
 */
const SERVICE_LINK = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/** Returns the variables in this environment that look like settings but are not, sorted by name. */
export function unknownNames(variables: NodeJS.ProcessEnv): UnknownName[] {
  return Object.keys(variables)
    .filter((variable) => variables[variable]?.trim() && !SETTINGS.has(variable) && !isServiceLink(variable))
    .sort()
    .flatMap((variable) => {
      const likely = likelyName(variable);
      const ours = OUR_PREFIXES.some((prefix) => variable.startsWith(prefix));
      return likely !== null || ours ? [{ variable, likely }] : [];
    });

  function isServiceLink(variable: string): boolean {
    const isUrlOfPort = variable.endsWith('_PORT') && /^(tcp|udp|sctp):/.test(variables[variable]!);
    return isUrlOfPort || SERVICE_LINK.test(variable);
  }
}

/** For the log and the doctor. The value is left out, because it may be a secret. */
export function unknownNameMessage({ variable, likely }: UnknownName): string {
  return `${variable} is not a setting and has no effect${likely === null ? '' : `; perhaps ${likely} was meant`}`;
}

function likelyName(variable: string): string | null {
  const name = variable.toUpperCase().replace(/^INJEUNG_(?!SECRET)/, '');
  const inOtherLetters = name !== variable && variable.includes('_');
  if (inOtherLetters && SETTINGS.has(name)) return name;
  let likely: string | null = null;
  let least = Infinity;
  for (const known of SETTINGS.keys()) {
    const difference = differenceOf(name, known);
    if (difference >= least) continue;
    least = difference;
    likely = known;
  }
  return likely;
}

/** The distance between two names: Infinity for names that are not related. */
function differenceOf(name: string, known: string): number {
  const allowed = tolerance(known);
  if (Math.abs(name.length - known.length) <= allowed) {
    const distance = editDistance(name, known);
    if (distance <= allowed) return distance;
  }
  // A typing error is more likely than a different last word. If several stems match, the longest one counts.
  return differsInLastWord(name, known) ? 1_000 - known.lastIndexOf('_') : Infinity;
}

/**
 * Short names resemble too many others (`HOST`, `POST`). If two errors counted, `BRANCH_NAME` would be a
 * `BRAND_NAME`.
 */
function tolerance(known: string): number {
  if (known.length < 7) return 0;
  return known.length < 12 ? 1 : 2;
}

/** Finds `EMAIL_CODE_TTL_SECONDS` for `EMAIL_CODE_TTL` and `EMAIL_CODE_TTL_MINUTES`. */
function differsInLastWord(name: string, known: string): boolean {
  const stem = known.slice(0, Math.max(known.lastIndexOf('_'), 0));
  if (!stem.includes('_') || known.startsWith(FOREIGN_FAMILY)) return false;
  return name === stem || (name.startsWith(`${stem}_`) && !name.slice(stem.length + 1).includes('_'));
}

/** The number of characters to insert, delete, replace or swap with their neighbor (OSA distance). */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}
