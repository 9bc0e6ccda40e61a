import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

/** The first line of the answer, or null when the server closed the socket. */
async function ask(url: string, sockets: Socket[]): Promise<string | null> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  sockets.push(socket);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  // A reset also means that the server closed the connection.
  socket.on('error', () => undefined);
  socket.write('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return answer === '' ? null : answer.split('\r\n')[0]!;
}

it('connections above MAX_CONNECTIONS are closed, and new ones are accepted when others have ended', async () => {
  const app = await TestApp.start('sqlite', { MAX_CONNECTIONS: '2' });
  const sockets: Socket[] = [];
  try {
    expect(await ask(app.url, sockets)).toBe('HTTP/1.1 200 OK');
    expect(await ask(app.url, sockets)).toBe('HTTP/1.1 200 OK');
    expect(await ask(app.url, sockets)).toBeNull();
    sockets[0]!.destroy();
    await until(async () => (await ask(app.url, sockets)) === 'HTTP/1.1 200 OK');
  } finally {
    sockets.forEach((socket) => socket.destroy());
    await app.close();
  }
});
