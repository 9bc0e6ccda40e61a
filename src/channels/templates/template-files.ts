import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PURPOSE_NAME } from '../../shared/purpose-name';
import { DEFAULT_TEMPLATES } from './default-templates';
import { channelOf, partOf, pathOf, TEMPLATE_PARTS, type TemplateName } from './template-name';
import { type TemplateSettings } from './templates';

/** The languages that have templates. */
const LOCALES: readonly string[] = ['ko', 'en'];
/** A path has at most three parts: language, purpose and file. Deeper directories are not read. */
const MAX_DEPTH = 3;
const FILE_NAMES = TEMPLATE_PARTS.map((part) => `${part}.liquid`).join(', ');

export interface TemplateSource {
  name: TemplateName;
  source: string;
}

/** Templates by their path. */
export type TemplateSources = ReadonlyMap<string, TemplateSource>;

/**
 * Returns the built-in templates, and the operator's files, which replace and complete them. It never throws: a file
 * that cannot be read or is not a template is reported as a problem. Files of channels that are switched off are not
 * read.
 */
export function readTemplateSources(settings: TemplateSettings): {
  sources: TemplateSources;
  problems: string[];
} {
  const { dir } = settings;
  const sources = builtInSources();
  const problems: string[] = [];
  if (!dir) return { sources, problems };
  for (const path of filesIn(dir, problems)) {
    const name = readName(path, settings);
    if (typeof name === 'string') {
      problems.push(`${path}: ${name}`);
      continue;
    }
    if (settings.closedChannels?.includes(channelOf(name.part))) continue;
    try {
      sources.set(path, { name, source: normalized(readFileSync(join(dir, path), 'utf8')) });
    } catch (error) {
      problems.push(`${path}: cannot be read (${reason(error)})`);
    }
  }
  return { sources, problems };
}

function builtInSources(): Map<string, TemplateSource> {
  const sources = new Map<string, TemplateSource>();
  for (const locale of LOCALES)
    for (const part of TEMPLATE_PARTS) {
      const name = { locale, purpose: null, part };
      sources.set(pathOf(name), { name, source: DEFAULT_TEMPLATES[pathOf(name)]! });
    }
  return sources;
}

/** @returns what is wrong with the path, or what the template is for. */
function readName(path: string, { purposes = [], strictPurposes }: TemplateSettings): TemplateName | string {
  const [locale = '', ...rest] = path.split('/');
  const part = partOf(rest.pop() ?? '');
  const [purpose = null, ...deeper] = rest;
  if (part === null || deeper.length > 0)
    return `is not the name of a template; write <language>/<file> or <language>/<purpose>/<file>, where <file> is one of ${FILE_NAMES}`;
  if (!LOCALES.includes(locale)) return `${locale} is not a language with templates (${LOCALES.join(', ')})`;
  if (purpose !== null && !PURPOSE_NAME.test(purpose)) return `${purpose} is not the name of a purpose`;
  if (purpose !== null && strictPurposes && !purposes.some(({ name }) => name === purpose))
    return `PURPOSES_FILE does not list the purpose ${purpose}, and allows only listed ones (strict)`;
  return { locale, purpose, part };
}

/**
 * Returns the paths of the files in `dir`, with `/` as separator. It follows symbolic links and ignores names that
 * begin with a dot, because a mounted Kubernetes ConfigMap consists of both.
 */
function filesIn(dir: string, problems: string[]): string[] {
  const list = (parent: string, depth: number): string[] =>
    readdirSync(join(dir, parent))
      .filter((name) => !name.startsWith('.'))
      .flatMap((name) => {
        const path = parent === '' ? name : `${parent}/${name}`;
        const isDirectory = depth < MAX_DEPTH && statSync(join(dir, path)).isDirectory();
        return isDirectory ? list(path, depth + 1) : [path];
      });
  try {
    return list('', 1);
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

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
