import { axeViolations, overflowOf } from '../../packages/client/test/support/axe';
import { HAS_CHROMIUM } from '../../packages/client/test/support/chromium';
import { BrowserPage } from './support/browser-page';

const inBrowser = HAS_CHROMIUM ? describe : describe.skip;
const SANDBOX = /^https:\/\/sandbox\.embed\.apollographql\.com\//;
/** What the Sandbox does first: it asks the page for its settings. */
const ARRIVED = `<script>parent.postMessage({ name: 'ExplorerListeningForHandshake' }, '*')</script>Sandbox`;

inBrowser('the explorer', () => {
  let ui: BrowserPage;
  beforeAll(async () => {
    ui = await BrowserPage.start();
    await ui.serve();
  });
  afterAll(() => ui.close());

  const offer = () => ui.page.getByText('Apollo Sandbox did not load');

  it('offers GraphiQL when the servers of Apollo refuse the connection', async () => {
    await ui.open('/graphql', { viewport: { width: 320, height: 560 } });
    await offer().waitFor();
    expect(ui.errors.filter((error) => !error.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
    expect(await axeViolations(ui.page)).toEqual([]);
    expect(await overflowOf(ui.page)).toBe(0);
    await ui.page.getByText('Open GraphiQL').click();
    await ui.page.getByText('RequestCode').first().waitFor();
  });

  it('offers GraphiQL when the servers of Apollo do not answer, and hides the offer when they answer later', async () => {
    await ui.open('/inbox');
    let answer = () => undefined as void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    await ui.page.route(SANDBOX, async (route) => {
      await answered;
      await route.fulfill({ contentType: 'text/html', body: ARRIVED });
    });
    await ui.page.goto(`${ui.app.url}/graphql`, { waitUntil: 'commit' });
    await offer().waitFor();
    answer();
    await offer().waitFor({ state: 'hidden' });
    await ui.page.frameLocator('iframe').getByText('Sandbox').waitFor();
  });

  it('shows the Sandbox with the examples, and does not offer GraphiQL, when the servers of Apollo answer', async () => {
    await ui.open('/inbox');
    await ui.page.clock.install();
    let address = '';
    await ui.page.route(SANDBOX, async (route) => {
      address = route.request().url();
      await route.fulfill({ contentType: 'text/html', body: ARRIVED });
    });
    await ui.page.goto(`${ui.app.url}/graphql`);
    await ui.page.frameLocator('iframe').getByText('Sandbox').waitFor();
    await ui.page.clock.runFor(10_000);
    expect(await offer().isVisible()).toBe(false);
    const query = new URL(address).searchParams;
    expect(query.get('endpoint')).toBe(`${ui.app.url}/graphql`);
    expect(query.get('runTelemetry')).toBe('false');
    expect(decodeURIComponent(query.get('defaultDocument')!)).toContain('mutation RequestCode');
    expect(ui.errors).toEqual([]);
  });

  it('GraphiQL keeps no header, which may contain an admin key, in the browser', async () => {
    await ui.open('/graphiql', { viewport: { width: 1200, height: 800 } });
    await ui.page.getByText('requestEmailCode').first().waitFor();
    await ui.page.getByRole('button', { name: 'Headers' }).click();
    await ui.page.locator('section[aria-label="Headers"] .monaco-editor:visible').click();
    await ui.page.keyboard.insertText('{"authorization":"Bearer an-admin-key-of-the-tests"}');
    await ui.page.getByRole('button', { name: /execute query/i }).click();
    await ui.page.getByRole('menuitem', { name: 'RequestCode' }).click();
    await ui.page.getByText('u***@example.com').first().waitFor();
    const stored = await ui.page.evaluate(() => JSON.stringify({ ...localStorage }));
    expect(stored).toContain('RequestCode');
    expect(stored).not.toContain('an-admin-key');
  });

  it.each(['light', 'dark'] as const)(
    'GraphiQL runs an example without internet, in %s colors',
    async (colorScheme) => {
      await ui.open('/graphiql', { colorScheme, viewport: { width: 1200, height: 800 } });
      await ui.page.getByText('requestEmailCode').first().waitFor();
      await ui.page.getByRole('button', { name: /execute query/i }).click();
      await ui.page.getByRole('menuitem', { name: 'RequestCode' }).click();
      await ui.page.getByText('u***@example.com').first().waitFor();
      // The documentation shows that the schema was read.
      await ui.page.getByRole('button', { name: /show documentation/i }).click();
      await ui.page.getByText('Mutation', { exact: true }).first().waitFor();
      expect(ui.errors).toEqual([]);
    },
  );
});
