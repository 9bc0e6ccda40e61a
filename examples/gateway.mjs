// A gateway for the provider `http` that prints messages instead of sending them: see README.md.
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';

const { HTTP_PROVIDER_SECRET, INJEUNG_URL = 'http://127.0.0.1:4000', PORT = '4100' } = process.env;
if (!HTTP_PROVIDER_SECRET?.startsWith('whsec_')) throw new Error('set HTTP_PROVIDER_SECRET as in Injeung');
const key = Buffer.from(HTTP_PROVIDER_SECRET.slice('whsec_'.length), 'base64');
/** Our ids of accepted messages, by `webhook-id`. A real gateway stores them for a day. */
const accepted = new Map();

const sign = (id, time, body) =>
  `v1,${createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64')}`;

function isSigned(
  { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures = '' },
  body,
) {
  const isRecent = Math.abs(Date.now() / 1000 - Number(time)) <= 300;
  const expected = Buffer.from(sign(id, time, body));
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  return isRecent && given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

async function report(deliveryId, status) {
  const body = JSON.stringify({ deliveryId, status });
  const [id, time] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const headers = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': sign(id, time, body) };
  const answer = await fetch(`${INJEUNG_URL}/webhooks/delivery`, { method: 'POST', headers, body });
  // 503: the receipt could not be recorded.
  if (answer.status === 503) setTimeout(() => report(deliveryId, status).catch(console.error), 5_000);
}

async function handle(request, response) {
  const body = await buffer(request);
  const answer = (status, content) => response.writeHead(status).end(JSON.stringify(content));
  if (!isSigned(request.headers, body)) return answer(401, {});
  const { type, data } = JSON.parse(body);
  if (type !== 'message.send') return answer(type === 'ping' ? 200 : 400, {});
  const webhookId = request.headers['webhook-id'];
  const known = accepted.get(webhookId);
  const id = known ?? randomUUID();
  accepted.set(webhookId, id);
  answer(202, { id });
  if (known) return;
  console.log(`${data.channel} to ${data.to}: ${data.text}`); // Send the message here.
  await report(data.deliveryId, 'DELIVERED');
}

const server = createServer((request, response) => handle(request, response).catch(console.error));
server.listen(Number(PORT), '127.0.0.1', () => console.log(`The gateway is http://127.0.0.1:${PORT}`));
