import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TEMPLATES, TEMPLATE_NAMES, type TemplateName } from './default-templates';

export type TemplateSources = Record<TemplateName, string>;

/**
 * Returns the built-in templates, replaced by the operator's files with the same names. It never throws: a
 * file that cannot be read or is not a template is reported as a problem.
 */
export function readTemplateSources(dir: string | null): { sources: TemplateSources; problems: string[] } {
  const sources: TemplateSources = { ...DEFAULT_TEMPLATES };
  const problems: string[] = [];
  if (dir === null) return { sources, problems };
  for (const name of filesIn(dir, problems)) {
    if (!isTemplateName(name)) {
      problems.push(
        `${name}: is not the name of a template; the directory may contain ${TEMPLATE_NAMES.join(', ')}`,
      );
      continue;
    }
    try {
      sources[name] = normalized(readFileSync(join(dir, name), 'utf8'));
    } catch (error) {
      problems.push(`${name}: cannot be read (${reason(error)})`);
    }
  }
  return { sources, problems };
}

/**
 * Returns the names of the files in `dir`, with `/` as separator. It follows symbolic links and ignores names
 * that begin with a dot, because a mounted Kubernetes ConfigMap consists of both.
 */
function filesIn(dir: string, problems: string[]): string[] {
  const list = (path: string) => readdirSync(path).filter((name) => !name.startsWith('.'));
  try {
    return list(dir).flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? list(path).map((file) => `${name}/${file}`) : [name];
    });
  } catch (error) {
    problems.push(`names a directory that cannot be read (${reason(error)})`);
    return [];
  }
}

/**
 * Removes what editors add. Windows editors write a byte order mark, which EUC-KR does not have, and CRLF,
 * which takes one more byte. Files from a Mac may contain Korean in decomposed form (NFD), which EUC-KR does
 * not have either.
 */
function normalized(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n/g, '\n')
    .normalize('NFC');
}

function isTemplateName(name: string): name is TemplateName {
  return (TEMPLATE_NAMES as readonly string[]).includes(name);
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
