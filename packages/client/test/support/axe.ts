import { readFileSync } from 'node:fs';
import { type Page } from 'playwright-core';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds on a page by WCAG 2.2 AA and its best practices: rule, and each element with its fault. */
export async function axeViolations(page: Page): Promise<[string, [string, string][]][]> {
  // Playwright evaluates in the page's world although the policy allows no inline script.
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const { violations } = await (globalThis as any).axe.run(document, { runOnly: rules });
    return violations.map(({ id, nodes }: any) => [
      id,
      nodes.map(({ html, failureSummary }: any) => [html, failureSummary]),
    ]);
  }, RULES);
}

/** How many pixels a page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
