// A route of your own in front of Injeung, for pages that must not have an application key: see ../README.md. It needs
// only Node and @injeung/client/documents, so copy this file.
import { OPERATIONS } from '@injeung/client/documents';

/** A request of the client has less than 4 KiB, with the token of a human check. */
const BODY_LIMIT_BYTES = 16_384;
/** Shorter than the 8 seconds after which the client gives up an attempt, so that it gets the answer. */
const TIMEOUT_MS = 7_000;

/**
 * Creates the handler of `POST /verification`, for `node:http` or Express. Mount it before body parsers.
 *
 * @param url where Injeung is, such as `http://127.0.0.1:4000`.
 * @param key one of the keys in APP_API_KEYS.
 * @param purpose what the codes are for. The page cannot choose another one.
 * @param nonceOf returns the nonce of the session that a request belongs to, or null without a session.
 * @param addressOf returns the IP address of the user. The default is the address of the connection, which is the
 *   address of your proxy if there is one. Then read what your proxy reports, and only that:
 *   `({ headers }) => headers['x-real-ip']` if your proxy overwrites this header, and if nothing else can connect to this
 *   program. Never read the first address of X-Forwarded-For: users can send any value there, and escape the limits.
 * @param operations what the page may call. Leave out `requestSmsCode` if it offers e-mail only.
 */
export function createVerificationRoute({
  url,
  key,
  purpose,
  nonceOf,
  addressOf = ({ socket }) => socket.remoteAddress,
  operations = OPERATIONS,
}) {
  async function handle(request, response) {
    // Before the body is awaited: a connection that was closed has no address, and a call without one has no limit.
    const clientIp = addressOf(request);
    if (!clientIp) throw new Error('addressOf returned no address');
    if (request.method !== 'POST') return refuse(response, 405, 'METHOD_NOT_ALLOWED', 'send a POST');
    if (!isSameOrigin(request))
      return refuse(response, 403, 'CROSS_SITE', 'only pages of this site may call');
    if (!hasType(request, 'application/json'))
      return refuse(response, 415, 'UNSUPPORTED_MEDIA_TYPE', 'send application/json');
    const nonce = nonceOf(request);
    if (!nonce) return refuse(response, 403, 'NO_SESSION', 'the session has ended: load the page again');
    const text = await readBody(request, BODY_LIMIT_BYTES);
    if (text === null) return refuse(response, 413, 'PAYLOAD_TOO_LARGE', 'the body is too large');
    const call = completeCall(parse(text), operations, { purpose, nonce, clientIp });
    if (!call)
      return refuse(response, 400, 'OPERATION_NOT_ALLOWED', 'only operations of the client are allowed');
    await forward(call, { url: `${url.replace(/\/$/, '')}/graphql`, key }, response);
  }

  return async (request, response) => {
    try {
      await handle(request, response);
    } catch (error) {
      // The error contains neither the body nor the key.
      console.error('The verification route failed:', error);
      if (!response.headersSent) refuse(response, 500, 'INTERNAL_SERVER_ERROR', 'the route failed');
    }
  };
}

/**
 * Returns what Injeung gets for the body of a page, or null if it is not exactly an operation of the client. The values
 * of the server replace those of the page.
 */
function completeCall(body, operations, { purpose, nonce, clientIp }) {
  const { query, variables, ...others } = body ?? {};
  const operation = operations.find(({ document }) => document === query);
  if (!operation || !variables || Object.keys(others).length > 0) return null;
  switch (operation.name) {
    case 'requestEmailCode':
    case 'requestSmsCode':
      return { query, variables: { input: { ...variables.input, purpose, nonce, clientIp } } };
    case 'resendCode':
      return { query, variables: { ...variables, clientIp } };
    default:
      return { query, variables };
  }
}

/** Sends a call to Injeung and its answer to the page. */
async function forward(call, { url, key }, response) {
  let answer, body;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(call),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    body = await answer.text();
  } catch (error) {
    // The client repeats a call after such a status, because the body is not a GraphQL answer.
    console.error(`Injeung did not answer: ${error.cause?.code ?? error.name}`);
    return send(response, error.name === 'TimeoutError' ? 504 : 502, '{}');
  }
  const retryAfter = answer.headers.get('retry-after');
  send(response, answer.status, body, retryAfter ? { 'retry-after': retryAfter } : {});
}

/**
 * Whether a page of this site sent the request. Browsers set both headers, and scripts cannot change them. Over plain
 * HTTP, except on this machine, browsers send `Origin` only.
 */
export function isSameOrigin({ headers }) {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether the body of a request has this media type, with or without parameters. */
export function hasType({ headers }, type) {
  return headers['content-type']?.split(';')[0].trim().toLowerCase() === type;
}

/**
 * Reads the body of a request. Null if it is larger than the limit, where the answer has to close the connection, and if
 * it did not arrive completely.
 */
export function readBody(request, limitBytes) {
  // A stream that has ended would never call back.
  if (request.readableEnded)
    throw new Error('the body was read before: mount this route before body parsers');
  return new Promise((resolve) => {
    const chunks = [];
    let size = 0;
    request.on('data', (chunk) => {
      size += chunk.length;
      if (size <= limitBytes) return chunks.push(chunk);
      request.pause();
      resolve(null);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', () => resolve(null));
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Answers with an error as GraphQL servers do, which the client throws as an `InjeungError` with this code. */
function refuse(response, status, code, message) {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  // The body may be unread, so the connection cannot be used again.
  send(response, status, body, { connection: 'close' });
}

function send(response, status, body, headers = {}) {
  const fixed = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, { ...fixed, ...headers }).end(body);
}
