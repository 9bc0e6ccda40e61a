import { request } from 'node:http';
import { sendRaw } from '../support/send-raw';
import { TestApp } from '../support/test-app';

const PATHS = [
  ...['/', '/demo', '/demo/settings', '/inbox', '/inbox/messages', '/graphql', '/graphiql'],
  '/schema.graphql',
];
const FOREIGN: Record<string, string>[] = [
  // A proxy or a tunnel on this machine.
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'forwarded',
    'x-real-ip',
    'via',
    'cdn-loop',
  ].map((name) => ({ [name]: '127.0.0.1' })),
  ...['cf-connecting-ip', 'cf-ray', 'true-client-ip', 'fly-client-ip', 'x-original-host', 'x-client-ip'].map(
    (name) => ({ [name]: 'localhost' }),
  ),
  // DNS rebinding, and tunnels that send no other sign.
  ...[
    'evil.example.com',
    'localhost.evil.example.com',
    '127.0.0.1.evil.example.com',
    '192.0.2.1:4000',
    'a.ngrok.app',
  ].map((host) => ({ host })),
  // A page of another site.
  ...['https://evil.example.com', 'null', 'http://localhost.evil.example.com'].map((origin) => ({ origin })),
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
];
const OWN: Record<string, string>[] = [
  {},
  ...['localhost', 'LOCALHOST:4000', 'injeung.localhost:4000', '127.0.0.1:80', '127.8.8.8', '[::1]:4000'].map(
    (host) => ({
      host,
    }),
  ),
  ...['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]'].map((origin) => ({
    origin,
    'sec-fetch-site': 'cross-site',
  })),
  { 'sec-fetch-site': 'same-origin' },
  { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  // A link on another site that opens a page.
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
];

/** `fetch` cannot send a Host header with another name, so this function does. */
function get(url: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { headers: { accept: 'text/html', ...headers } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (body += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body }));
    });
    call.on('error', reject);
    call.end();
  });
}

describe('the pages for development', () => {
  let app: TestApp;
  afterEach(() => app.close());

  it('answer only this machine, and refuse requests through a tunnel, with a foreign host name or from a foreign page', async () => {
    app = await TestApp.start('sqlite');
    await app.requestEmail('user@example.com');
    const code = await app.codeFor('user@example.com');
    for (const path of PATHS) {
      for (const headers of FOREIGN) {
        const { status, body } = await get(`${app.url}${path}`, headers);
        expect([path, headers, status]).toEqual([path, headers, 403]);
        expect(body).toContain('INBOX_REMOTE');
        expect(body).not.toContain(code);
      }
      for (const headers of OWN)
        expect([path, headers, (await get(`${app.url}${path}`, headers)).status]).toEqual([
          path,
          headers,
          200,
        ]);
    }
  });

  it('ignore the client address that a trusted proxy forwards', async () => {
    app = await TestApp.start('sqlite', { TRUST_PROXY: 'on' });
    for (const path of PATHS) {
      expect((await get(`${app.url}${path}`, { 'x-forwarded-for': '127.0.0.1' })).status).toBe(403);
      expect((await get(`${app.url}${path}`, {})).status).toBe(200);
    }
  });

  it('answer requests to the name in HOST, and from anywhere with INBOX_REMOTE', async () => {
    app = await TestApp.start('sqlite', { HOST: '0.0.0.0' });
    const port = new URL(app.url).port;
    const url = (path: string) => `http://127.0.0.1:${port}${path}`;
    expect((await get(url('/inbox'), { host: `0.0.0.0:${port}` })).status).toBe(200);
    expect((await get(url('/inbox'), { host: 'evil.example.com' })).status).toBe(403);
    await app.restart({ INBOX_REMOTE: 'on' });
    const open = `http://127.0.0.1:${new URL(app.url).port}`;
    for (const path of PATHS)
      for (const headers of FOREIGN) expect((await get(`${open}${path}`, headers)).status).toBe(200);
  });

  it('do not restrict GraphQL and health checks, which answer every caller', async () => {
    app = await TestApp.start('sqlite');
    for (const headers of FOREIGN.filter(({ origin }) => origin === undefined)) {
      expect((await get(`${app.url}/healthz`, headers)).status).toBe(200);
      const accept = { accept: 'application/json' };
      const { status } = await get(`${app.url}/graphql?query={__typename}`, { ...headers, ...accept });
      expect(status).toBe(200);
    }
  });
});

describe('the start page', () => {
  it('links to every endpoint, and each of them answers', async () => {
    const app = await TestApp.start('sqlite');
    try {
      const answer = await fetch(`${app.url}/`);
      const page = await answer.text();
      const links = [...page.matchAll(/ href="(\/[^"]*)"/g)].map(([, path]) => path!);
      expect(links.sort()).toEqual([
        '/.well-known/jwks.json',
        '/demo',
        '/graphiql',
        '/graphql',
        '/healthz',
        '/inbox',
        '/metrics',
        '/readyz',
        '/schema.graphql',
      ]);
      for (const path of links)
        expect([path, (await get(`${app.url}${path}`, {})).status]).toEqual([path, 200]);
      const policy = answer.headers.get('content-security-policy')!;
      expect(policy).toMatch(/^default-src 'none'; style-src 'nonce-/);
      expect(policy).not.toMatch(/script-src|unsafe|https?:|\*/);
      expect(page).not.toMatch(/<script|style="|https?:\/\//);
      expect(page).toContain(`<style nonce="${/nonce-([^']+)'/.exec(policy)![1]}">`);
      expect(await (await fetch(`${app.url}/schema.graphql`)).text()).toContain('type Mutation {');
    } finally {
      await app.close();
    }
  });

  it('leaves out the inbox when no channel delivers to it, and does not exist in production', async () => {
    const sms = {
      SMS_PROVIDER: 'none',
      EMAIL_PROVIDER: 'smtp',
      SMTP_URL: 'smtp://127.0.0.1:9',
      EMAIL_FROM: 'a@example.com',
    };
    const app = await TestApp.start('sqlite', sms);
    try {
      expect(await (await fetch(`${app.url}/`)).text()).not.toContain('/inbox');
      expect((await fetch(`${app.url}/inbox`)).status).toBe(404);
      await app.restart({ NODE_ENV: 'production' });
      for (const path of PATHS.filter((one) => one !== '/graphql'))
        expect([path, (await fetch(`${app.url}${path}`)).status]).toEqual([path, 404]);
    } finally {
      await app.close();
    }
  });
});

describe('the built pages', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start('sqlite');
  });
  afterAll(() => app.close());

  it.each(['/demo', '/inbox', '/graphql', '/graphiql'])(
    'allow no inline script and no script of another server, and their assets may be kept: %s',
    async (path) => {
      const answer = await fetch(`${app.url}${path}`, { headers: { accept: 'text/html' } });
      const policy = answer.headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      const page = await answer.text();
      expect(page).not.toMatch(/<script(?![^>]* src="\/assets\/)|<style| on[a-z]+="/);
      const assets = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, asset]) => asset!);
      expect(assets.length).toBeGreaterThan(1);
      for (const asset of assets) {
        const { status, headers } = await fetch(`${app.url}${asset}`);
        expect([asset, status, headers.get('cache-control')]).toEqual([
          asset,
          200,
          'public, max-age=31536000, immutable',
        ]);
        expect(asset).toMatch(/-[\w-]{8}\.(js|css|svg)$/);
      }
    },
  );

  it.each([
    ...['/assets/', '/assets/none.js', '/assets/../inbox.html', '/assets/%2e%2e/inbox.html'],
    ...[
      '/assets/..%2finbox.html',
      '/assets/..%5cinbox.html',
      '/element/../inbox.html',
      '/element/%2e%2e%2fdemo.html',
    ],
    ...['//assets/../../package.json', '/assets/%00', '/assets/%c0%ae%c0%ae/inbox.html'],
  ])('are files of their folder only: %s', async (path) => {
    const answer = await sendRaw(
      app.url,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (400|403|404) /);
    expect(answer).not.toMatch(/doctype|"version"/i);
  });

  it('are separated from a page of another site that opens them in a window', async () => {
    for (const path of ['/demo', '/inbox', '/graphql', '/graphiql']) {
      const { headers } = await fetch(`${app.url}${path}`, { headers: { accept: 'text/html' } });
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin-allow-popups');
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    }
  });
});

describe('the element', () => {
  it('is served to pages of every origin, in production too, and is checked by its content', async () => {
    const app = await TestApp.start('sqlite', {
      NODE_ENV: 'production',
      EMAIL_PROVIDER: 'smtp',
      SMTP_URL: 'smtp://127.0.0.1:9',
      EMAIL_FROM: 'a@example.com',
      SMS_PROVIDER: 'none',
    });
    try {
      const url = `${app.url}/element/injeung-verify.js`;
      const call = { headers: { origin: 'https://app.example.com' } };
      const answer = await fetch(url, call);
      const etag = answer.headers.get('etag')!;
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'access-control-allow-origin': '*',
        'cache-control': 'public, no-cache',
        'content-type': 'text/javascript; charset=utf-8',
        etag: expect.stringMatching(/^"[\w-]{43}"$/),
      });
      const modules = [...(await answer.text()).matchAll(/injeung-[a-z]{2}-[A-Z0-9]{8}\.js/g)];
      expect(modules.length).toBeGreaterThanOrEqual(3);
      for (const [name] of modules) {
        const { status, headers } = await fetch(`${app.url}/element/${name}`, call);
        expect([name, status, Object.fromEntries(headers)]).toMatchObject([
          name,
          200,
          { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=31536000, immutable' },
        ]);
      }
      expect((await get(url, { 'if-none-match': etag })).status).toBe(304);
      expect((await get(url, { 'if-none-match': '"another"' })).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
