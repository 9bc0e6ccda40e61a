import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { EventsApp } from '../support/events-app';
import { EVENTS_SECRET } from '../support/fake-receiver';
import { until } from '../support/until';

/** How the receiver answers, by the masked recipient's first letter. */
const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  /** Nothing at all. */
  n: () => undefined,
  /** 200 and a body of one byte at a time. */
  s: (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 100);
    response.on('close', () => clearInterval(timer));
  },
  /** 200 and a body without end. */
  e: (response) => {
    response.writeHead(200);
    const fill = () => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', fill);
    fill();
  },
  p: (response) => response.writeHead(204).end(),
};

let server: Server;
let events: EventsApp;
beforeEach(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => ANSWERS[/"recipient":"(\w)/.exec(body)![1]!]!(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  events = await EventsApp.start('sqlite', { EVENTS_URL: url, EVENTS_SECRET });
});
afterEach(async () => {
  await events.close();
  server.closeAllConnections();
  server.close();
});

// On SQLite only: the time limit of 10 s does not depend on the database.
it('a receiver that does not answer completely within 10 s has not accepted the event, and delays no other one', async () => {
  for (const answer of ['never', 'slowly', 'endlessly', 'promptly'])
    await events.requestOneEvent(`${answer}@example.com`);
  const beganAt = performance.now();
  // The two events that have an outcome at once.
  await until(async () => ((await events.metric(sends('sent'))) === 1 ? true : null));
  await until(() => errors()[0] ?? null);
  expect(errors()).toEqual(['UND_ERR_RES_EXCEEDED_MAX_SIZE']);
  expect(performance.now() - beganAt).toBeLessThan(9_000);
  await until(() => (errors().length === 3 ? true : null));
  expect(errors().slice(1)).toEqual(['TimeoutError', 'TimeoutError']);
  expect(performance.now() - beganAt).toBeGreaterThan(9_500);
  expect(await events.stored()).toHaveLength(3);
}, 30_000);

const sends = (outcome: string) => `injeung_events_total{type="delivery.sent",outcome="${outcome}"}`;
const errors = () => events.logged('could not be sent').map(({ error }) => error);
