import { setTimeout as pause } from 'node:timers/promises';
import { type Contender, keyOf, type Running, type StartOptions } from '../contenders/contender.types';
import { Users, checkContender, runFlow, type Send } from './flow';
import { HttpConnection } from './http-connection';
import { Measurement, type Round } from './measurement';
import { type StandIn } from './stand-in';

/** How long flows may still take when a round is over. */
const GRACE_MS = 120_000;
const SETTLE_TIMEOUT_MS = 60_000;
const SETTLE_EVERY_MS = 20;

let contestants = 0;

/** Runs rounds of flows against a started contender and checks its ledger. */
export class Contest {
  readonly key: string;
  private readonly free: HttpConnection[] = [];
  private opened = 0;
  private verified = 0;

  private constructor(
    readonly contender: Contender,
    readonly running: Running,
    private readonly users: Users,
    private readonly standIn: StandIn,
  ) {
    this.key = keyOf(contender);
  }

  /** Starts a contender and, unless it is switched off, checks that it really verifies codes. */
  static async start(
    contender: Contender,
    options: Omit<StartOptions, 'email'>,
    check = true,
  ): Promise<Contest> {
    const number = ++contestants;
    const email = (n: number) => `person-${number}-${n}@example.com`;
    const running = await contender.start({ ...options, email });
    const contest = new Contest(contender, running, new Users(email), options.standIn);
    if (!check) return contest;
    try {
      await checkContender(running.protocol, options.standIn, contest.users.take(), contest.send);
    } catch (error) {
      await running.stop().catch(() => undefined);
      throw new Error(`${contest.key}: ${(error as Error).message}`, { cause: error });
    }
    contest.verified++;
    return contest;
  }

  /**
   * Each of `connections` runs one flow after the other for a while. Flows in progress at the end are
   * finished.
   *
   * @param runInSeconds of the same load before the measurement.
   */
  async closedRound(connections: number, seconds: number, runInSeconds = 0): Promise<Round> {
    if (runInSeconds > 0) await this.closedRound(connections, runInSeconds);
    const { protocol } = this.running;
    const measurement = this.measure();
    const endAt = performance.now() + seconds * 1000;
    const workers = Array.from({ length: connections }, async () => {
      while (performance.now() < endAt) {
        measurement.add(await runFlow(protocol, this.standIn, this.users.take(), this.send));
        this.verified++;
      }
    });
    await this.inTime(Promise.all(workers), seconds);
    return measurement.finish();
  }

  /**
   * Starts flows at a steady pace, however long each takes.
   *
   * @param runInSeconds of the same pace before the measurement, in which the connections of a slow provider
   *   are opened.
   */
  async pacedRound(
    flowsPerSecond: number,
    seconds: number,
    { runInSeconds = 0, until }: { runInSeconds?: number; until?: () => boolean } = {},
  ): Promise<Round> {
    const { protocol } = this.running;
    let measurement = this.measure();
    let runningIn = runInSeconds > 0;
    const startedAt = performance.now();
    const flows: Promise<void>[] = [];
    let failed = false;
    const elapsed = () => (performance.now() - startedAt) / 1000;
    while (elapsed() < runInSeconds + seconds && !until?.()) {
      if (runningIn && elapsed() >= runInSeconds) {
        runningIn = false;
        measurement = this.measure();
      }
      const its = measurement;
      while (flows.length < elapsed() * flowsPerSecond) {
        const flow = runFlow(protocol, this.standIn, this.users.take(), this.send).then((times) => {
          its.add(times);
          this.verified++;
        });
        flow.catch(() => (failed = true));
        flows.push(flow);
      }
      if (failed) break; // The other flows may wait for messages that never come. The first fault is thrown below.
      await pause(1);
    }
    if (runInSeconds > 0) measurement.end();
    await this.inTime(Promise.all(flows), seconds);
    return measurement.finish();
  }

  /**
   * Compares the results of the driver, the stand-in and the contender's database: each flow verified once,
   * no rows left.
   *
   * @throws Error with the difference.
   */
  async checkLedger(): Promise<void> {
    const { verified } = this;
    if (verified !== this.users.count)
      throw this.fault(`${this.users.count - verified} flows were not verified`);
    const deadline = performance.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const ledger = await this.running.ledger();
      if (ledger.verified === verified && ledger.unsettled === 0) break;
      if (performance.now() > deadline) {
        throw this.fault(`${verified} flows were verified, its database says ${JSON.stringify(ledger)}`);
      }
      await pause(SETTLE_EVERY_MS);
    }
    if (this.standIn.strays > 0)
      throw this.fault(`${this.standIn.strays} messages came to nobody who waited`);
  }

  async stop(): Promise<void> {
    for (const connection of this.free) connection.close();
    await this.running.stop();
  }

  /** Uses a free connection; the nodes take turns. */
  private readonly send: Send = async (call) => {
    const { processes } = this.running;
    const connection =
      this.free.pop() ?? new HttpConnection(processes[this.opened++ % processes.length]!.port);
    try {
      return await connection.post(call);
    } finally {
      this.free.push(connection);
    }
  };

  private measure(): Measurement {
    return new Measurement(this.running, this.contender.dialect === 'postgres');
  }

  private async inTime(work: Promise<unknown>, seconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      const fault = this.fault('flows did not end: a message or an answer never came');
      timer = setTimeout(reject, seconds * 1000 + GRACE_MS, fault);
    });
    try {
      await Promise.race([work, late]);
    } catch (error) {
      throw error instanceof Error && !error.message.startsWith(this.key) ? this.fault(error.message) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  private fault(message: string): Error {
    return new Error(`${this.key}: ${message}`);
  }
}
