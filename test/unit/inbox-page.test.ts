import { Script } from 'node:vm';
import { inboxPage } from '../../src/api/inbox/inbox-page';

const page = inboxPage('bm9uY2U=');

describe('the inbox page', () => {
  it('lets exactly one script run, by its nonce, and that script is well-formed', () => {
    const scripts = [...page.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.map(([, attributes]) => attributes)).toEqual([' nonce="bm9uY2U="']);
    expect(() => new Script(scripts[0]![2]!)).not.toThrow();
    expect(page).not.toMatch(/ on[a-z]+="|javascript:/i);
  });

  it('needs nothing from elsewhere', () => {
    const outside = [...page.matchAll(/(?:src|href)="([^"]*)"|url\(([^)]*)\)|@import/g)].map(
      (match) => match[1],
    );
    expect(outside).toEqual([expect.stringMatching(/^data:image\/svg\+xml,/), '/graphql']);
  });

  it('puts no message into the page as markup', () => {
    expect(page).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
    expect(page).toContain('sandbox="allow-same-origin"');
    expect(page).not.toContain('allow-scripts');
  });

  it('names its search box and speaks of what arrives', () => {
    expect(page).toContain('<label for="to">');
    expect(page).toMatch(/<input\s[^>]*id="to"/);
    expect(page).toContain('aria-live="polite"');
  });
});
