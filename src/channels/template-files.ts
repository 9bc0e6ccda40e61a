import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TEMPLATES, TEMPLATE_NAMES, type TemplateName } from './default-templates';

export type TemplateSources = Record<TemplateName, string>;

/**
 * The built-in templates with the operator's files laid over them. Never throws: what cannot be read, and every file
 * that no message is made from, is a fault.
 */
export function readTemplateSources(dir: string | null): { sources: TemplateSources; faults: string[] } {
  const sources: TemplateSources = { ...DEFAULT_TEMPLATES };
  const faults: string[] = [];
  if (dir === null) return { sources, faults };
  for (const name of filesIn(dir, faults)) {
    if (!isTemplateName(name)) {
      faults.push(
        `${name}: no message is made from this file; TEMPLATES_DIR may hold ${TEMPLATE_NAMES.join(', ')}`,
      );
      continue;
    }
    try {
      sources[name] = normalized(readFileSync(join(dir, name), 'utf8'));
    } catch (error) {
      faults.push(`${name}: cannot be read (${reason(error)})`);
    }
  }
  return { sources, faults };
}

/**
 * Names below `dir`, with `/` between. Looks through symbolic links and past dotted names, since a mounted Kubernetes
 * ConfigMap is made of both.
 */
function filesIn(dir: string, faults: string[]): string[] {
  const list = (path: string) => readdirSync(path).filter((name) => !name.startsWith('.'));
  try {
    return list(dir).flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? list(path).map((file) => `${name}/${file}`) : [name];
    });
  } catch (error) {
    faults.push(`TEMPLATES_DIR: cannot be read (${reason(error)})`);
    return [];
  }
}

/** Windows editors write a byte order mark and CRLF: the first is no character of EUC-KR, the second costs a byte. */
function normalized(text: string): string {
  return text.replace(/^\uFEFF/, '').replace(/\r\n/g, '\n');
}

function isTemplateName(name: string): name is TemplateName {
  return (TEMPLATE_NAMES as readonly string[]).includes(name);
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
