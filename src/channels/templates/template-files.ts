import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PURPOSE_NAME } from '../../shared/purpose-name';
import { BUILT_IN_LANGUAGES, DEFAULT_TEMPLATES } from './default-templates';
import { canonicalLanguage } from './language';
import { channelOf, partOf, pathOf, TEMPLATE_PARTS, type TemplateName } from './template-name';
import { type TemplateSettings } from './templates';

/** A path has at most three parts: language, purpose and file. Deeper directories are not read. */
const MAX_DEPTH = 3;
const FILE_NAMES = TEMPLATE_PARTS.map((part) => `${part}.liquid`).join(', ');

export interface TemplateSource {
  name: TemplateName;
  /** The path in TEMPLATES_DIR as it is written there. */
  path: string;
  source: string;
  /** A file of the operator. */
  isOwn: boolean;
}

/** Templates by their path with the canonical name of the language. */
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
  const languages = new LanguageDirectories(problems);
  for (const path of filesIn(dir, problems)) {
    const name = readName(path, settings);
    if (typeof name === 'string') {
      problems.push(`${path}: ${name}`);
      continue;
    }
    if (settings.closedChannels?.includes(channelOf(name.part)) || !languages.accepts(path, name)) continue;
    try {
      const source = normalized(readFileSync(join(dir, path), 'utf8'));
      sources.set(pathOf(name), { name, path, source, isOwn: true });
    } catch (error) {
      problems.push(`${path}: cannot be read (${reason(error)})`);
    }
  }
  return { sources, problems };
}

/** Finds directories of the same language, such as `zh-hant` and `zh-Hant`. */
class LanguageDirectories {
  private readonly directories = new Map<string, string>();
  private readonly refused = new Set<string>();

  constructor(private readonly problems: string[]) {}

  accepts(path: string, { locale }: TemplateName): boolean {
    const directory = path.slice(0, path.indexOf('/'));
    const first = this.directories.get(locale) ?? directory;
    this.directories.set(locale, first);
    if (first === directory) return true;
    if (!this.refused.has(directory))
      this.problems.push(`${directory}: is the same language as ${first} (${locale}); keep one of the two`);
    this.refused.add(directory);
    return false;
  }
}

function builtInSources(): Map<string, TemplateSource> {
  const sources = new Map<string, TemplateSource>();
  for (const locale of BUILT_IN_LANGUAGES)
    for (const part of TEMPLATE_PARTS) {
      const name = { locale, purpose: null, part };
      const path = pathOf(name);
      sources.set(path, { name, path, source: DEFAULT_TEMPLATES[path]!, isOwn: false });
    }
  return sources;
}

/** @returns what is wrong with the path, or what the template is for. */
function readName(path: string, { purposes = [], strictPurposes }: TemplateSettings): TemplateName | string {
  const [directory = '', ...rest] = path.split('/');
  const part = partOf(rest.pop() ?? '');
  const [purpose = null, ...deeper] = rest;
  if (part === null || deeper.length > 0)
    return `is not the name of a template; write <language>/<file> or <language>/<purpose>/<file>, where <file> is one of ${FILE_NAMES}`;
  const locale = canonicalLanguage(directory);
  if (locale === null)
    return `${directory} is not a language; write a BCP 47 tag such as ko, pt-BR or zh-Hant`;
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
