/** What a `postgres://` URL names, decoded. Variables such as `PGHOST` have no part in it. */
export interface PostgresUrl {
  /**
   * A host name, an IP address without brackets, or the absolute path of a socket's directory; `localhost` by default.
   */
  host: string;
  /** 5432 by default. */
  port: number;
  /** Null for the name of the process's own user. */
  user: string | null;
  password: string | null;
  /** Null for the database with the user's name. */
  database: string | null;
  /** Holds all tables; null for the first schema of the role's own search path. */
  schema: string | null;
  applicationName: string;
  /** All parameters of the URL, decoded; `sslmode` and its companions are read by postgres-tls.ts. */
  parameters: URLSearchParams;
}
