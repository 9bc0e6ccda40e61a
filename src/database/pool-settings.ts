/** Settings of the connection pool. SQLite uses only `connectTimeoutMs`. */
export interface PoolSettings {
  size: number;
  /** How long a request waits for a free connection (on SQLite: for another process's lock), in milliseconds. */
  connectTimeoutMs: number;
  /** How long one statement may run, in milliseconds; unlimited when it is undefined. */
  statementTimeoutMs?: number;
}

export const DEFAULT_POOL: PoolSettings = { size: 10, connectTimeoutMs: 5_000, statementTimeoutMs: 15_000 };
