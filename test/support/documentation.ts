import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** The path of every page of the documentation in the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  'bench/README.md',
  'examples/README.md',
  'test/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** The code blocks of a page in a language, in their order. */
export function blocksOf(page: string, language: string): string[] {
  const blocks = pageText(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return [...blocks].map(([, block]) => block!);
}

/** The files that a page shows: code blocks below a line that contains only a path in backticks. */
export function filesOf(page: string): { path: string; text: string }[] {
  const files = pageText(page).matchAll(/^`(\S+)`:\n\n```\w+\n([\s\S]*?)^```/gm);
  return [...files].map(([, path, text]) => ({ path: path!, text: text! }));
}

/**
 * The commands of a page's shell blocks, in their order. A command of several lines, joined by backslash or pipe, is
 * one.
 */
export function shellCommandsOf(page: string): string[] {
  return blocksOf(page, 'sh')
    .flatMap((block) => block.split(/(?<![\\|])\n/))
    .filter((command) => command.trim() !== '');
}

/** Removes code blocks from a text, so that links and headings can be found in the rest. */
export function withoutCodeBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '');
}
