import { type Running } from '../contenders/contender.types';
import { postgresCpuMs, postgresCpuSince } from '../processes/proc';
import { type FlowTimes } from './flow';
import { percentile } from './statistics';

/** The measurements of one round. */
export interface Round {
  flows: number;
  flowsPerSecond: number;
  /** CPU time of the server's process or processes. */
  cpuMsPerFlow: number;
  /**
   * CPU time of every PostgreSQL process on this machine; null on SQLite or when the server is on another
   * machine.
   */
  postgresCpuMsPerFlow: number | null;
  memoryMb: number;
  requestP50Ms: number;
  requestP99Ms: number;
  verifyP50Ms: number;
  verifyP99Ms: number;
  arrivalP50Ms: number;
  arrivalP99Ms: number;
}

/** The duration of a round, and its CPU time in milliseconds. */
interface Use {
  seconds: number;
  cpu: number;
  postgres: number | null;
}

/** Collects the flows of a round. CPU time is measured from its creation to `end`, or else to `finish`. */
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
   * Ends the measurement of CPU time. The flows in progress still count. It is for a steady pace with a
   * run-in: the ends of the last flows are after it, just as the ends of the run-in's last flows are in it.
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
      arrivalP50Ms: of('arrivalMs', 0.5),
      arrivalP99Ms: of('arrivalMs', 0.99),
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
