// Receives events of Injeung, verifies their signatures and prints them: see README.md.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

const { EVENTS_SECRET = '', PORT = '4200' } = process.env;
/** One secret, or the new and the old one while it is replaced. */
const secrets = EVENTS_SECRET.split(',').map((secret) => secret.trim());
if (!secrets.every((secret) => secret.startsWith('whsec_')))
  throw new Error('set EVENTS_SECRET as in Injeung');
const keys = secrets.map((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'));
/** The ids of events that were received. A real receiver stores them for four days, with what it does for the event. */
const known = new Set();

function isSigned(
  { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' },
  body,
) {
  const isRecent = Math.abs(Date.now() / 1000 - Number(time)) <= 300;
  const signed = (key) => createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64');
  const expected = keys.map((key) => Buffer.from(`v1,${signed(key)}`));
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  const isEqual = (one, other) => one.length === other.length && timingSafeEqual(one, other);
  return isRecent && given.some((one) => expected.some((other) => isEqual(one, other)));
}

async function handle(request, response) {
  const body = await buffer(request);
  if (!isSigned(request.headers, body)) return response.writeHead(401).end();
  const id = request.headers['webhook-id'];
  const { type, data } = JSON.parse(body);
  // Act here, before the answer: an event that is not answered with 2xx comes again. `ping` comes from the doctor.
  if (!known.has(id) && type !== 'ping')
    console.log([type, data.verificationId, data.status, data.recipient].filter(Boolean).join(' '));
  known.add(id);
  response.writeHead(204).end();
}

const server = createServer((request, response) =>
  handle(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  }),
);
server.listen(Number(PORT), '127.0.0.1', () => console.log(`The receiver is http://127.0.0.1:${PORT}`));
