import { type Running } from '../contenders/contender.types';
import { postgresCpuMs, postgresCpuSince } from '../processes/proc';
import { type FlowTimes } from './flow';
import { percentile } from './statistics';

/** What was seen in one round. */
export interface Round {
  flows: number;
  flowsPerSecond: number;
  /** Of the server's process or processes. */
  cpuMsPerFlow: number;
  /** Of every PostgreSQL process on this machine; null on SQLite or when the server is elsewhere. */
  postgresCpuMsPerFlow: number | null;
  memoryMb: number;
  requestP50Ms: number;
  requestP99Ms: number;
  verifyP50Ms: number;
  verifyP99Ms: number;
  doorP50Ms: number;
  doorP99Ms: number;
}

/** Gathers a round's flows; the CPU time runs from its making to `finish`. */
export class Measurement {
  private readonly times: FlowTimes[] = [];
  private readonly startedAt = performance.now();
  private readonly cpuAtStart: number;
  private readonly postgresAtStart: Map<string, number> | null;

  constructor(
    private readonly running: Running,
    onPostgres: boolean,
  ) {
    this.cpuAtStart = this.cpu();
    this.postgresAtStart = onPostgres ? postgresCpuMs() : null;
  }

  add(times: FlowTimes): void {
    this.times.push(times);
  }

  finish(): Round {
    const seconds = (performance.now() - this.startedAt) / 1000;
    const flows = this.times.length;
    const cpu = this.cpu() - this.cpuAtStart;
    const postgres = this.postgresAtStart && postgresCpuSince(this.postgresAtStart);
    const of = (step: keyof FlowTimes, p: number) =>
      percentile(
        this.times.map((times) => times[step]),
        p,
      );
    return {
      flows,
      flowsPerSecond: flows / seconds,
      cpuMsPerFlow: cpu / flows,
      postgresCpuMsPerFlow: postgres && postgres / flows,
      memoryMb: this.running.processes.reduce((sum, server) => sum + server.memoryMb(), 0),
      requestP50Ms: of('requestMs', 0.5),
      requestP99Ms: of('requestMs', 0.99),
      verifyP50Ms: of('verifyMs', 0.5),
      verifyP99Ms: of('verifyMs', 0.99),
      doorP50Ms: of('doorMs', 0.5),
      doorP99Ms: of('doorMs', 0.99),
    };
  }

  private cpu(): number {
    return this.running.processes.reduce((sum, server) => sum + server.cpuMs(), 0);
  }
}
