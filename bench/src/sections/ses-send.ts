import { join } from 'node:path';
import { spread } from '../load/statistics';
import { BENCH } from '../paths';
import { ServerProcess } from '../processes/server-process';
import { withSpread } from '../report/format';
import { type Section } from './section.types';

const HANDLERS = [
  { handler: 'own', name: "Injeung's request handler" },
  { handler: 'default', name: "the SDK's default handler" },
];
const SENDS_PER_SECOND_OF_A_ROUND = 400;

/** What a SendEmail of the SDK costs, with its own request handler and with Injeung's. */
export const sesSend: Section = {
  name: 'ses-send',
  run: async ({ standIn, lengths, say }) => {
    const { onOther } = standIn;
    standIn.onOther = () => true;
    const env = {
      AWS_ENDPOINT_URL_SESV2: standIn.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'a-secret-access-key-of-nobody',
    };
    const senders = await Promise.all(
      HANDLERS.map(async ({ handler, name }) => ({
        name,
        cpuMs: [] as number[],
        server: await ServerProcess.start({
          script: join(BENCH, 'dist/bench/src/servers/ses-sender.js'),
          env: { ...env, HANDLER: handler },
        }),
      })),
    );
    const sends = Math.ceil(SENDS_PER_SECOND_OF_A_ROUND * lengths.seconds);
    for (const { server } of senders) await send(server, sends);
    for (let round = 0; round < lengths.rounds; round++) {
      for (const { server, cpuMs } of round % 2 === 0 ? senders : [...senders].reverse()) {
        const before = server.cpuMs();
        await send(server, sends);
        cpuMs.push((server.cpuMs() - before) / sends);
      }
      say(`round ${round + 1} of ${lengths.rounds}`);
    }
    for (const { server } of senders) await server.stop();
    standIn.onOther = onOther;
    const figures = senders.map(({ name, cpuMs }) => ({ name, cpuMsPerSend: spread(cpuMs) }));
    return {
      title: "A send by SES's SDK",
      notes: [
        `CPU time of a process that does nothing but send e-mails of 4 kB through the SDK, 16 at a time, ${sends} in a round.`,
      ],
      figures,
      table: {
        head: ['request handler', 'CPU ms a send'],
        rows: figures.map(({ name, cpuMsPerSend }) => [name, withSpread(cpuMsPerSend)]),
      },
      charts: [],
    };
  },
};

async function send({ port }: ServerProcess, count: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/${count}`);
  if (!answer.ok) throw new Error(`a send failed: ${await answer.text()}`);
}
