import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SqliteConnection } from '../../src/database/sqlite/sqlite-driver';
import { type Dialect } from './databases';

export interface DatabaseUse {
  statements: number;
  waits: number;
  databaseBytes: number;
}

/** Counts how a server uses its database, without changing the code of the server. */
export interface DatabaseMeter {
  /** The URL of the database through the meter. */
  url: string;
  /** Returns the use since the last call. */
  take(): DatabaseUse;
  close(): Promise<void>;
}

export async function meterDatabase(dialect: Dialect, url: string): Promise<DatabaseMeter> {
  return dialect === 'sqlite' ? new SqliteMeter(url) : PostgresMeter.before(url);
}

/** Wraps every prepared statement of better-sqlite3. */
class SqliteMeter implements DatabaseMeter {
  private use: DatabaseUse = { statements: 0, waits: 0, databaseBytes: 0 };
  private readonly spies: jest.SpyInstance[] = [];

  constructor(readonly url: string) {
    const memory = new SqliteConnection(':memory:');
    const statement = Object.getPrototypeOf(memory.prepare('SELECT 1'));
    const connection = Object.getPrototypeOf(memory);
    memory.close();
    const count = (sql: string, values: unknown[]) => this.count(sql, values);
    for (const name of ['run', 'all', 'get', 'iterate']) {
      const execute = statement[name];
      this.spies.push(
        jest.spyOn(statement, name as never).mockImplementation(function (this: any, ...values: unknown[]) {
          count(this.source, values);
          return execute.apply(this, values);
        } as never),
      );
    }
    const exec = connection.exec;
    this.spies.push(
      jest.spyOn(connection, 'exec' as never).mockImplementation(function (this: any, sql: string) {
        count(sql, []);
        return exec.call(this, sql);
      } as never),
    );
  }

  take(): DatabaseUse {
    const { use } = this;
    this.use = { statements: 0, waits: 0, databaseBytes: 0 };
    return use;
  }

  async close(): Promise<void> {
    for (const spy of this.spies) spy.mockRestore();
  }

  private count(sql: string, values: unknown[]): void {
    this.use.statements++;
    if (/^\s*COMMIT/i.test(sql)) this.use.waits++;
    for (const value of values.flatMap((one) => (isRecord(one) ? Object.values(one) : one))) {
      // A number takes up to 8 bytes in a row.
      this.use.databaseBytes += typeof value === 'string' ? Buffer.byteLength(value) : value === null ? 0 : 8;
    }
  }
}

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null;

const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

/**
 * Reads the messages between the server and PostgreSQL (PostgreSQL's protocol 3.0, "Message Formats"). Each Execute and
 * each simple Query counts as a statement, and each ReadyForQuery ends one wait.
 */
class PostgresMeter implements DatabaseMeter {
  private use: DatabaseUse = { statements: 0, waits: 0, databaseBytes: 0 };
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private address = '';

  private constructor(private readonly target: URL) {
    this.server = createServer((near) => this.carry(near));
  }

  static async before(url: string): Promise<PostgresMeter> {
    const meter = new PostgresMeter(new URL(url));
    await new Promise<void>((resolve) => meter.server.listen(0, '127.0.0.1', resolve));
    const through = new URL(url);
    through.hostname = '127.0.0.1';
    through.port = String((meter.server.address() as AddressInfo).port);
    through.searchParams.set('sslmode', 'disable'); // The connection is not encrypted, because the meter reads it.
    meter.address = through.toString();
    return meter;
  }

  get url(): string {
    return this.address;
  }

  take(): DatabaseUse {
    const { use } = this;
    this.use = { statements: 0, waits: 0, databaseBytes: 0 };
    return use;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(near: Socket): void {
    const far = connect({ host: this.target.hostname, port: Number(this.target.port || 5432) });
    const sent = new Messages(true, (type) => {
      if (type === 'E' || type === 'Q') this.use.statements++;
    });
    const answered = new Messages(false, (type) => {
      if (type === 'Z') this.use.waits++;
    });
    near.on('data', (chunk) => {
      this.use.databaseBytes += chunk.length;
      sent.read(chunk);
    });
    far.on('data', (chunk) => answered.read(chunk));
    near.pipe(far);
    far.pipe(near);
    for (const socket of [near, far]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        near.destroy();
        far.destroy();
        this.sockets.delete(socket);
      });
    }
  }
}

/**
 * Finds the messages in a stream. A message is a letter and a length that includes itself. Only the client's first
 * message has no letter.
 */
class Messages {
  private pending = Buffer.alloc(0);

  constructor(
    /** Whether the message without a letter has not arrived yet. */
    private untyped: boolean,
    private readonly found: (type: string) => void,
  ) {}

  read(chunk: Buffer): void {
    this.pending = Buffer.concat([this.pending, chunk]);
    for (;;) {
      const typeBytes = this.untyped ? 0 : TYPE_BYTES;
      if (this.pending.length < typeBytes + LENGTH_BYTES) return;
      const end = typeBytes + this.pending.readInt32BE(typeBytes);
      if (this.pending.length < end) return;
      if (typeBytes > 0) this.found(String.fromCharCode(this.pending[0]!));
      this.untyped = false;
      this.pending = this.pending.subarray(end);
    }
  }
}
