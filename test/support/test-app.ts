import { type Logger, pino } from 'pino';
import { type App, createApp } from '../../src/app/create-app';
import { type TestOverrides } from '../../src/app/app-context';
import { readConfig } from '../../src/config/config';
import { isDatabaseUnavailable } from '../../src/database/database-errors';
import { MasterSecrets } from '../../src/keyring/master-secret';
import { groupOutageLines } from '../../src/observability/outage-lines';
import { createDatabase, type Dialect, type TestDatabase } from './databases';
import { trackClosed, trackOpen } from './open-resources';
import { until } from './until';

export const ADMIN_KEY = 'admin-key-of-the-test-suite-0123456789';

/** Many tests request codes more often than a user. Tests of limits set the limits again. */
const RELAXED = {
  PORT: '0',
  RESEND_COOLDOWN_SECONDS: '0',
  RECIPIENT_HOURLY_LIMIT: '0',
  RECIPIENT_DAILY_LIMIT: '0',
  RECIPIENT_DAILY_GUESSES: '0',
  IP_HOURLY_LIMIT: '0',
  SHUTDOWN_DELAY_SECONDS: '0',
  ADMIN_API_KEYS: ADMIN_KEY,
  INJEUNG_SECRET: 'the master secret of the test suite is long enough',
};

export interface GraphQLAnswer {
  data: any;
  errors?: { message: string; path?: string[]; extensions: any }[];
  headers: Headers;
}

export interface InboxMessage {
  id: string;
  channel: string;
  to: string;
  subject: string | null;
  text: string;
  html: string | null;
  code: string;
  sentAt: string;
  bytes: number | null;
  sends: {
    provider: string;
    result: string;
    failure: string | null;
    detail: string | null;
    endedAt: string;
  }[];
}

/** By the value of INJEUNG_SECRET. All servers of a test file share the keys, because deriving them takes long. */
const masterSecrets = new Map<string, MasterSecrets>();

function sharedMasterSecrets(secrets: readonly string[]): MasterSecrets {
  const name = secrets.join();
  const shared = masterSecrets.get(name) ?? new MasterSecrets(secrets);
  masterSecrets.set(name, shared);
  return shared;
}

/** The parts of the program that a test can replace. */
export type TestAppOptions = TestOverrides & { logger?: Logger };

/** A server for one test, called over HTTP as by its users. */
export class TestApp {
  /** Every line that the server logged. */
  readonly log: string[] = [];
  /** The text of every GraphQL answer of the server. */
  readonly answers: string[] = [];
  private app: App | null = null;
  private readonly others: TestApp[] = [];

  private constructor(
    readonly database: TestDatabase,
    private env: Record<string, string>,
    private readonly overrides: TestAppOptions,
  ) {}

  static async start(
    dialect: Dialect,
    env: Record<string, string> = {},
    overrides: TestAppOptions = {},
  ): Promise<TestApp> {
    const app = new TestApp(await createDatabase(dialect), env, overrides);
    await app.open();
    return app;
  }

  /** Starts a server on an existing database, which remains when the server closes. */
  static async on(
    database: TestDatabase,
    env: Record<string, string> = {},
    overrides: TestAppOptions = {},
  ): Promise<TestApp> {
    const app = new TestApp({ ...database, drop: async () => undefined }, env, overrides);
    await app.open();
    return app;
  }

  get url(): string {
    return this.app!.url;
  }

  /** Starts another server on the same database: a second node. It is closed together with this one. */
  async another(env: Record<string, string> = {}): Promise<TestApp> {
    const app = new TestApp(
      { ...this.database, drop: async () => undefined },
      { ...this.env, ...env },
      this.overrides,
    );
    this.others.push(app);
    await app.open();
    return app;
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stop();
    this.env = { ...this.env, ...env };
    await this.open();
  }

  /** Stops the server and keeps its database. */
  async stop(): Promise<void> {
    const app = this.app;
    this.app = null;
    trackClosed(this);
    await app?.close();
  }

  async open(): Promise<void> {
    const config = readConfig({ ...RELAXED, DATABASE_URL: this.database.url, ...this.env });
    const log = { logger: this.overrides.logger ?? this.ownLogger(), linesLost: 0 };
    this.app = await createApp(config, log, {
      dispatcherPollMs: 50,
      firstReceiptMs: 50,
      dutyPollMs: 20,
      proofKeysReadMs: 50,
      identityCallsPerSecond: 200,
      masterSecrets: sharedMasterSecrets,
      ...this.overrides,
    });
    trackOpen(this, () => this.close());
  }

  private ownLogger(): Logger {
    return pino(
      { level: 'trace', hooks: groupOutageLines(isDatabaseUnavailable) },
      { write: (line: string) => this.log.push(line) },
    );
  }

  async close(): Promise<void> {
    for (const other of this.others) await other.close();
    await this.stop();
    await this.database.drop();
  }

  async gql(
    query: string,
    variables: object = {},
    headers: Record<string, string> = {},
  ): Promise<GraphQLAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const body = await response.text();
    this.answers.push(body);
    return { ...(JSON.parse(body) as GraphQLAnswer), headers: response.headers };
  }

  /** Calls as an operator, with the admin key. */
  admin(query: string, variables: object = {}): Promise<GraphQLAnswer> {
    return this.gql(query, variables, { authorization: `Bearer ${ADMIN_KEY}` });
  }

  async requestEmail(email: string, input: object = {}, headers = {}): Promise<GraphQLAnswer> {
    return this.gql(
      `mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { ${VERIFICATION} } }`,
      { input: { email, ...input } },
      headers,
    );
  }

  async requestSms(phoneNumber: string, input: object = {}, headers = {}): Promise<GraphQLAnswer> {
    return this.gql(
      `mutation ($input: RequestSmsCodeInput!) { requestSmsCode(input: $input) { ${VERIFICATION} } }`,
      { input: { phoneNumber, ...input } },
      headers,
    );
  }

  async verify(
    verificationId: string,
    code: string,
    input: object = {},
    headers = {},
  ): Promise<GraphQLAnswer> {
    return this.gql(
      `mutation ($input: VerifyCodeInput!) { verifyCode(input: $input) { verified reason attemptsRemaining proof } }`,
      { input: { verificationId, code, ...input } },
      headers,
    );
  }

  async verification(id: string): Promise<any> {
    const { data } = await this.gql(`query ($id: ID!) { verification(id: $id) { ${VERIFICATION} } }`, { id });
    return data.verification;
  }

  /** Waits until the verification's message has one of the statuses. */
  async delivered(id: string, ...statuses: string[]): Promise<any> {
    const expected = statuses.length > 0 ? statuses : ['DELIVERED'];
    return until(async () => {
      const { delivery } = await this.verification(id);
      return expected.includes(delivery.status) ? delivery : null;
    });
  }

  async inbox(to = ''): Promise<InboxMessage[]> {
    const response = await fetch(`${this.url}/inbox/messages?to=${encodeURIComponent(to)}`);
    return (await response.json()) as InboxMessage[];
  }

  /** The code of the latest message to a recipient, found in the text as its reader would find it. */
  async codeFor(to: string): Promise<string> {
    const [message] = await until(async () => {
      const messages = await this.inbox(to);
      return messages.length > 0 ? messages : null;
    });
    const { code, text } = message!;
    if (!text.includes(code)) throw new Error(`the message does not contain the code ${code}: ${text}`);
    return code;
  }

  /** A wrong code of the same length. */
  static wrong(code: string): string {
    return String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0');
  }
}

export const VERIFICATION = `id channel recipient purpose codeLength attemptsRemaining createdAt expiresAt
  resendAvailableAt expiresInSeconds resendInSeconds status delivery { status failure updatedAt }`;
