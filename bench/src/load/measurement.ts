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

/** What a round took: its length, and CPU time in milliseconds. */
interface Use {
  seconds: number;
  cpu: number;
  postgres: number | null;
}

/** Gathers a round's flows; the CPU time runs from its making to `end`, or else to `finish`. */
export class Measurement {
  private readonly times: FlowTimes[] = [];
  private readonly startedAt = performance.now();
  private readonly cpuAtStart: number;
  private readonly postgresAtStart: Map<string, number> | null;
  private used: Use | null = null;

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

  /**
   * Ends what is measured of the server; the flows under way still count. For a steady pace with a run-in: the last
   * flows' ends lie after it as the run-in's lie in it.
   */
  end(): void {
    this.used = this.use();
  }

  finish(): Round {
    const { seconds, cpu, postgres } = this.used ?? this.use();
    const flows = this.times.length;
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

  private use(): Use {
    return {
      seconds: (performance.now() - this.startedAt) / 1000,
      cpu: this.cpu() - this.cpuAtStart,
      postgres: this.postgresAtStart && postgresCpuSince(this.postgresAtStart),
    };
  }

  private cpu(): number {
    return this.running.processes.reduce((sum, server) => sum + server.cpuMs(), 0);
  }
}
