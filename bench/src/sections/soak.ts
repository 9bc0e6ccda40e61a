import { type Dialect } from '../contenders/contender.types';
import { injeung } from '../contenders/injeung';
import { withContests } from '../load/rounds';
import { figure } from '../report/format';
import { type Section } from './section.types';

const CONNECTIONS = 64;
const SAMPLES = 10;
const DIALECTS: readonly Dialect[] = ['sqlite', 'postgres'];

interface Sample {
  flows: number;
  memoryMb: number;
  cpuMsPerFlow: number;
}

/** A million flows through one process: does it grow? */
export const soak: Section = {
  name: 'soak',
  optional: true,
  run: async ({ standIn, lengths, say }) => {
    const figures: { contender: string; samples: Sample[] }[] = [];
    for (const dialect of DIALECTS) {
      const samples = await withContests([injeung(dialect)], { standIn }, async ([contest]) => {
        await contest!.closedRound(CONNECTIONS, lengths.warmUpSeconds);
        const taken: Sample[] = [];
        let flows = 0;
        for (let next = 0; next <= SAMPLES; next++) {
          let cpuMsPerFlow = NaN;
          do {
            const round = await contest!.closedRound(CONNECTIONS, lengths.seconds);
            flows += round.flows;
            cpuMsPerFlow = round.cpuMsPerFlow;
          } while (flows < (lengths.soakFlows / SAMPLES) * next);
          const [server] = contest!.running.processes;
          taken.push({ flows, memoryMb: server!.memoryMb(), cpuMsPerFlow });
          say(`${contest!.key}: ${flows} flows, ${Math.round(server!.memoryMb())} MB`);
        }
        return taken;
      });
      figures.push({ contender: `injeung ${dialect}`, samples });
    }
    return {
      title: 'After very many flows',
      notes: [`Injeung in one process at ${CONNECTIONS} connections; memory is what is resident.`],
      figures,
      table: {
        head: ['contender', 'flows', 'memory MB', 'CPU ms/flow'],
        rows: figures.flatMap(({ contender, samples }) =>
          samples.map((one) => [
            contender,
            figure(one.flows),
            figure(one.memoryMb),
            figure(one.cpuMsPerFlow),
          ]),
        ),
      },
      charts: [
        {
          file: 'soak',
          title: 'Memory by flows served',
          kind: 'lines',
          unit: 'MB resident',
          labels: Array.from({ length: SAMPLES + 1 }, (_, i) => figure((lengths.soakFlows / SAMPLES) * i)),
          series: figures.map(({ contender, samples }) => ({
            name: contender,
            values: samples.map(({ memoryMb }) => memoryMb),
          })),
        },
      ],
    };
  },
};
