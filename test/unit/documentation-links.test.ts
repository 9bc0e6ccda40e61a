import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { headingAnchor } from '../../src/reference/markdown';
import { pageText, PAGES, withoutCodeBlocks } from '../support/documentation';

const ROOT = join(__dirname, '../..');
/** About two screens. */
const LONG_LINES = 100;

/** The targets of the links and images of a page, without other sites. */
function linksOf(page: string): string[] {
  const text = withoutCodeBlocks(pageText(page)).replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((one) => !/^\w+:/.test(one));
}

function headingsOf(page: string): { level: number; text: string }[] {
  const lines = withoutCodeBlocks(pageText(page)).matchAll(/^(#+) (.+)$/gm);
  return [...lines].map(([, marks, text]) => ({
    level: marks!.length,
    text: text!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'),
  }));
}

/** The anchors of a page as GitHub makes them. Equal headings get numbers. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = headingsOf(page).map(({ text }) => {
    const anchor = headingAnchor(text);
    const earlier = seen.get(anchor) ?? 0;
    seen.set(anchor, earlier + 1);
    return earlier === 0 ? anchor : `${anchor}-${earlier}`;
  });
  return new Set(anchors);
}

function faultOf(page: string, link: string): string | null {
  const [path, anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path!));
  if (!existsSync(join(ROOT, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined) return null;
  if (statSync(join(ROOT, target)).isDirectory() || !target.endsWith('.md')) return `${link}: no page`;
  return anchorsOf(target).has(anchor) ? null : `${link}: ${target} has no such heading`;
}

describe('documentation', () => {
  it.each(PAGES)('links of %s point to files and headings that exist', (page) => {
    expect(linksOf(page).flatMap((link) => faultOf(page, link) ?? [])).toEqual([]);
  });

  it.each(PAGES.filter((page) => page !== 'CHANGELOG.md'))('paths in %s exist', (page) => {
    const named = pageText(page).matchAll(/`((?:src|test|tools|bench|docs)\/[\w./-]*)`/g);
    expect([...named].map(([, path]) => path!).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('has no page that cannot be reached from README.md', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) {
      for (const link of linksOf(page)) {
        const target = normalize(join(dirname(page), link.split('#')[0]!));
        if (PAGES.includes(target)) reached.add(target);
      }
    }
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });

  // The changelog is one list by version, and the README is limited below.
  const long = PAGES.filter((page) => !['CHANGELOG.md', 'README.md'].includes(page)).filter(
    (page) => pageText(page).split('\n').length > LONG_LINES,
  );
  it.each(long)('%s, a long page, has a table of contents with each of its chapters', (page) => {
    const [, list] = /^## Contents\n\n((?:- .*\n)+)/m.exec(pageText(page)) ?? [page, ''];
    const linked = [...list.matchAll(/\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    const chapters = headingsOf(page).filter(({ level, text }) => level === 2 && text !== 'Contents');
    expect(linked).toEqual(chapters.map(({ text }) => headingAnchor(text)));
  });

  it('begins with a README of at most 200 lines', () => {
    expect(pageText('README.md').split('\n').length).toBeLessThanOrEqual(201);
  });
});
