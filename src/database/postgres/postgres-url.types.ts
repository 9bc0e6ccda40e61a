/** The decoded parts of a `postgres://` URL. Variables such as `PGHOST` are ignored. */
export interface PostgresUrl {
  /**
   * A host name, an IP address without brackets, or the absolute path of a socket's directory; `localhost` by default.
   */
  host: string;
  /** 5432 by default. */
  port: number;
  /** Null: the name of the user that runs this process. */
  user: string | null;
  password: string | null;
  /** Null: the database with the same name as `user`. */
  database: string | null;
  /** The schema that contains all tables. Null: the first schema of the role's own search path. */
  schema: string | null;
  applicationName: string;
  /** All parameters of the URL, decoded; postgres-tls.ts reads the ones for TLS. */
  parameters: URLSearchParams;
}
