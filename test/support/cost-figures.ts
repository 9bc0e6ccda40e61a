import { type Dialect } from './databases';

/** The cost of one step of a flow. */
export interface Cost {
  /** SQL statements, including BEGIN, COMMIT and savepoints. */
  statements: number;
  /** How often the step waits: on PostgreSQL for an answer of the server, on SQLite until a commit is on disk. */
  waits: number;
  /** Bytes that are sent to the database: on PostgreSQL all bytes of the connection, on SQLite the bound values. */
  databaseBytes: number;
  /** Bytes of the HTTP answer with its headers; 0 when the step has no answer. */
  answerBytes: number;
}

export type Step = 'request' | 'delivery' | 'verify';

/**
 * Figures that are upper bounds, because a header or a longer name changes them without changing the cost of a flow.
 */
export const BOUNDED: readonly (keyof Cost)[] = ['databaseBytes', 'answerBytes'];

/**
 * The cost of a verification with the settings of production. test/integration/verification-cost.test.ts fails when a
 * figure differs. A figure that rose requires a reason. A figure that fell is changed here, so that it cannot rise
 * again unnoticed.
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
