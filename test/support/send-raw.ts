import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends bytes as they are. @returns the bytes that arrived until the server closed the connection. */
export async function sendRaw(url: string, ...parts: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString()));
  // A server that closes the connection may reset it.
  socket.on('error', () => undefined);
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  await ended;
  return answer;
}
