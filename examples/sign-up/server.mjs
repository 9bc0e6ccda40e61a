// A sign-up page with <injeung-verify> and its back end, where application keys are required: see ../README.md.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Sessions } from './sessions.mjs';
import { createVerificationRoute, hasType, isSameOrigin, readBody } from './verification-route.mjs';

const { INJEUNG_URL = 'http://127.0.0.1:4000', INJEUNG_APP_KEY, PORT = '4300' } = process.env;
if (!INJEUNG_APP_KEY) {
  console.error('Set INJEUNG_APP_KEY to one of the keys in APP_API_KEYS of Injeung.');
  process.exit(2);
}

const PURPOSE = 'sign-up';
/** A proof has about 600 bytes. */
const FORM_LIMIT_BYTES = 8_192;
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  // With `no-referrer`, browsers would send `Origin: null` with the form.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
};
const HTML = 'text/html; charset=utf-8';

const sessions = new Sessions();
const verification = createVerificationRoute({
  url: INJEUNG_URL,
  key: INJEUNG_APP_KEY,
  purpose: PURPOSE,
  nonceOf: (request) => sessions.of(request)?.nonce ?? null,
});

const jwks = new URL(`${INJEUNG_URL.replace(/\/$/, '')}/.well-known/jwks.json`);
const keys = createRemoteJWKSet(jwks, { cacheMaxAge: 300_000 });
// Add `audience` if Injeung has PROOF_AUDIENCE. The clocks of this machine and of Injeung may differ by 30 seconds.
const pinned = { issuer: 'injeung', algorithms: ['EdDSA'], clockTolerance: 30 };

/** What jose throws when Injeung did not return its keys, besides the errors of `fetch`. */
const KEYS_UNAVAILABLE = new Set(['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC']);

const page = read('sign-up.html', HTML).content.toString();
const files = new Map([
  ['/page.css', read('page.css', 'text/css')],
  ['/page.js', read('page.js', 'text/javascript')],
  // Browsers ask for it, and report an error in the console if it is missing.
  ['/favicon.ico', { type: 'image/x-icon', content: '' }],
  ...elementFiles(),
]);

function read(path, type) {
  return { type, content: readFileSync(new URL(path, import.meta.url)) };
}

/** The element and its languages, as `npm run build --workspace packages/client` builds them. */
function elementFiles() {
  const folder = new URL('.', import.meta.resolve('@injeung/client/browser/injeung-verify.js'));
  const names = readdirSync(folder).filter((name) => name.endsWith('.js'));
  return names.map((name) => [`/element/${name}`, read(new URL(name, folder), 'text/javascript')]);
}

/** Returns the verified recipient, or null if the proof was not made for this session or was used before. */
async function verifiedRecipient(proof, session) {
  try {
    const { payload } = await jwtVerify(proof, keys, pinned);
    // The nonce is compared last, because a proof for another purpose must not use it up.
    return payload.purpose === PURPOSE && sessions.takeNonce(session, payload.nonce) ? payload.sub : null;
  } catch (error) {
    // Every other error of jose concerns the proof.
    if (error instanceof errors.JOSEError && !KEYS_UNAVAILABLE.has(error.code)) return null;
    throw error;
  }
}

async function signUp(request, response) {
  const session = sessions.of(request);
  if (!isSameOrigin(request) || !hasType(request, 'application/x-www-form-urlencoded') || !session)
    return show(response, 403, 'Not signed up', 'The session has ended.');
  const form = await readBody(request, FORM_LIMIT_BYTES);
  if (form === null) return show(response, 413, 'Not signed up', 'The form is too large.');
  const proof = new URLSearchParams(form).get('proof') ?? '';
  const recipient = await verifiedRecipient(proof, session);
  if (recipient === null) return show(response, 403, 'Not signed up', 'The verification cannot be accepted.');
  // Create the account here, and begin a new session for it.
  show(response, 200, 'Signed up', `${recipient} has signed up.`);
}

/** Answers with a page. `text` may come from a user. */
function show(response, status, title, text) {
  const link = status === 200 ? '' : '<p><a href="/">Begin again</a></p>';
  const body = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>${title}</title>
  <link rel="stylesheet" href="/page.css">
  <main><h1>${title}</h1><p>${escapeHtml(text)}</p>${link}</main>
</html>`;
  // The body of a refused form may be unread, so the connection cannot be used again.
  const connection = status === 200 ? {} : { connection: 'close' };
  response.writeHead(status, { ...HEADERS, ...connection, 'content-type': HTML }).end(body);
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Answers with the page, and begins a session if there is none. */
function showSignUp(request, response) {
  const known = sessions.of(request);
  const { session, cookie } = known ? { session: known } : sessions.begin();
  // The element continues a verification after a reload, but not in another session, whose nonce is another one.
  const body = page.replace('SESSION_NONCE', session.nonce);
  response
    .writeHead(200, { ...HEADERS, ...(cookie && { 'set-cookie': cookie }), 'content-type': HTML })
    .end(body);
}

async function handle(request, response) {
  const [path] = request.url.split('?');
  if (path === '/verification') return verification(request, response);
  if (path === '/sign-up' && request.method === 'POST') return signUp(request, response);
  if (path === '/' && request.method === 'GET') return showSignUp(request, response);
  const file = files.get(path);
  if (request.method !== 'GET' || !file) return show(response, 404, 'Not found', 'There is no such page.');
  response.writeHead(200, { ...HEADERS, 'content-type': file.type }).end(file.content);
}

/** A request that arrives slowly must not keep a connection open. */
const LIMITS = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 1_000 };

const server = createServer(LIMITS, (request, response) =>
  handle(request, response).catch((error) => {
    // Neither the form nor the proof is in the error.
    console.error(`${request.method} failed:`, error);
    if (!response.headersSent) show(response, 503, 'Not now', 'Go back and send the form again in a moment.');
  }),
);
server.listen(Number(PORT), '127.0.0.1', () => console.log(`The sign-up page is http://127.0.0.1:${PORT}`));
