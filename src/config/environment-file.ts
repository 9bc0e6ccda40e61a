import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A `.env` file that cannot be used. The message names the file and the line, and repeats no value. */
export class EnvironmentFileFault extends Error {
  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.name = 'EnvironmentFileFault';
  }
}

/**
 * Adds the variables of `.env` in this directory to the environment. A variable that is already set takes
 * precedence, even an empty one. Without such a file, or when `NODE_ENV=production` is already set, it does
 * nothing.
 *
 * `NODE_ENV` may be in the file like any other variable, because everything that reads it is created later.
 *
 * @throws EnvironmentFileFault when the file cannot be read, or when a line is not an assignment.
 */
export function loadEnvironmentFile(directory: string, environment: NodeJS.ProcessEnv): void {
  if (environment.NODE_ENV?.trim() === 'production') return;
  const file = join(directory, '.env');
  const text = read(file);
  if (text === null) return;
  for (const [name, value] of parseEnvironmentFile(text, file)) environment[name] ??= value;
}

function read(file: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new EnvironmentFileFault(file, 'is not UTF-8 text');
    throw new EnvironmentFileFault(file, `cannot be read (${code})`);
  }
}

/** A comment or an empty line. */
const NOTHING = /[ \t]*(?:#.*)?(?:\n|$)/y;
/** One assignment: the name, then the value in double quotes, single quotes, backticks, or without quotes. */
const ASSIGNMENT =
  /[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|'([^']*)'|`([^`]*)`|(?!["'`])(.*?))[ \t]*(?:(?<=[ \t])#.*)?(?:\n|$)/y;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/**
 * Parses the assignments of a `.env` file. If a name occurs twice, the later assignment counts.
 *
 * - `NAME=value`, with or without `export` before it. A `#` at the start of a line or after a space begins a
 *   comment.
 * - A quoted value may have several lines. `\n`, `\r`, `\t`, `\"` and `\\` are escapes in double quotes only.
 * - `$` has no meaning: nothing is expanded.
 *
 * This is our own parser because `util.parseEnv` skips lines that it cannot read, and because its versions in
 * Node 20.19, 20.20, 22 and 24 return different values for `#`, `=` and spaces. A secret may contain all of
 * these.
 */
export function parseEnvironmentFile(text: string, file: string): Map<string, string> {
  if (text.includes('\0')) throw new EnvironmentFileFault(file, 'contains NUL characters: save it as UTF-8');
  const source = text.replace(/\r\n?/g, '\n');
  const variables = new Map<string, string>();
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(source);
    if (match) position = pattern.lastIndex;
    return match;
  };
  while (position < source.length) {
    if (take(NOTHING)) continue;
    const match = take(ASSIGNMENT);
    if (!match) {
      const line = source.slice(0, position).split('\n').length;
      throw new EnvironmentFileFault(
        file,
        `line ${line} is not valid: it must be NAME=value, a comment or empty, and a quoted value must end with its quotation mark`,
      );
    }
    const [, name, doubleQuoted, singleQuoted, backticked, unquoted] = match;
    const escaped = doubleQuoted?.replace(/\\([nrt"\\])/g, (_, escape: string) => ESCAPES[escape]!);
    variables.set(name!, escaped ?? singleQuoted ?? backticked ?? unquoted!);
  }
  return variables;
}
