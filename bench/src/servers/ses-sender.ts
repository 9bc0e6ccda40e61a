import { createServer } from 'node:http';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { createSesClient } from '../../../src/channels/ses/ses-client';

const REGION = 'ap-northeast-2';
const CONCURRENCY = 16;
/** As long as the built-in message. */
const HTML = `<p>${'x'.repeat(4_000)}</p>`;

const client =
  process.env.HANDLER === 'default'
    ? new SESv2Client({ region: REGION, maxAttempts: 1 })
    : createSesClient(REGION);

function command(n: number): SendEmailCommand {
  const part = (Data: string) => ({ Data, Charset: 'UTF-8' });
  return new SendEmailCommand({
    FromEmailAddress: 'verify@example.com',
    Destination: { ToAddresses: [`user-${n}@example.com`] },
    Content: {
      Simple: { Subject: part('Your code'), Body: { Text: part('Your code is 123456.'), Html: part(HTML) } },
    },
    EmailTags: [{ Name: 'injeung_delivery', Value: String(n) }],
  });
}

async function send(count: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const signal = AbortSignal.timeout(10_000);
      await client.send(command(next++), { abortSignal: signal });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

/** Sends the number of messages in the path, and answers when all of them are accepted. */
createServer((request, response) => {
  send(Number(request.url!.slice(1))).then(
    () => response.end('sent'),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
}).listen(Number(process.env.PORT), '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
