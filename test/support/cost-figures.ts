import { type Dialect } from './databases';

/** What one step of a flow costs, counted. */
export interface Cost {
  /** SQL statements, BEGIN, COMMIT and savepoints among them. */
  statements: number;
  /** How often the step waits: on PostgreSQL for an answer of the server, on SQLite for a commit to be on disk. */
  waits: number;
  /** Bytes sent to the database: on PostgreSQL all that goes over the wire, on SQLite the values that are bound. */
  databaseBytes: number;
  /** Bytes of the HTTP answer, headers included; 0 where there is none. */
  answerBytes: number;
}

export type Step = 'request' | 'delivery' | 'verify';

/** Figures that are upper bounds, since a header or a longer name changes them without changing what a flow costs. */
export const BOUNDED: readonly (keyof Cost)[] = ['databaseBytes', 'answerBytes'];

/**
 * What a verification costs with the settings of production. test/integration/verification-cost.test.ts fails when a figure differs:
 * one that rose requires a reason, and one that fell is written down so that it cannot rise again unnoticed.
 */
export const COST_FIGURES: Record<Dialect, Record<Step, Cost>> = {
  sqlite: {
    request: { statements: 8, waits: 1, databaseBytes: 500, answerBytes: 700 },
    delivery: { statements: 3, waits: 1, databaseBytes: 120, answerBytes: 0 },
    verify: { statements: 6, waits: 1, databaseBytes: 120, answerBytes: 1_000 },
  },
  postgres: {
    request: { statements: 1, waits: 1, databaseBytes: 720, answerBytes: 700 },
    delivery: { statements: 1, waits: 1, databaseBytes: 240, answerBytes: 0 },
    verify: { statements: 1, waits: 1, databaseBytes: 180, answerBytes: 1_000 },
  },
};
