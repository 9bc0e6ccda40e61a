import { Agent, request } from 'node:http';

/** Keep-alive, with as many connections as deliveries in progress. */
const agent = new Agent({ keepAlive: true });

/** Delivers a code by HTTP, as cheaply as the client of Node can. */
export function deliver(url: string, to: string, code: string): Promise<void> {
  const body = JSON.stringify({ to, code });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sending = request(`${url}/messages`, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error('not delivered'))));
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/** Ends the process with an error when a delivery fails, because a run with errors has no valid result. */
export function deliverOrDie(url: string, to: string, code: string): void {
  deliver(url, to, code).catch((error: unknown) => {
    process.stderr.write(`a delivery failed: ${String(error)}\n`);
    process.exit(1);
  });
}
