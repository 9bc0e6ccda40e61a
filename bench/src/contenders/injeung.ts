import { join } from 'node:path';
import { ServerProcess } from '../processes/server-process';
import {
  type Contender,
  type Dialect,
  type Ledger,
  type Protocol,
  type Running,
  type StartOptions,
} from './contender.types';
import { createDatabase, queryOnce } from './databases';
import { end } from './ending';
import { INJEUNG_PATH } from '../load/stand-in';
import { ROOT } from '../paths';

export const SECRET = 'the master secret of the benchmark is long enough';
const APP_KEY = 'application-key-of-the-benchmark';
const AUTHORIZATION = `authorization: Bearer ${APP_KEY}\r\n`;

const REQUEST = `mutation Request($input: RequestEmailCodeInput!) {
  requestEmailCode(input: $input) { id recipient codeLength expiresAt resendAvailableAt }
}`;
const VERIFY = `mutation Verify($input: VerifyCodeInput!) {
  verifyCode(input: $input) { verified reason attemptsRemaining proof }
}`;

/**
 * The GraphQL documents of the README. The back end of an application sends them, with its key and the
 * address of the end user, so that the limits per recipient and per address both count every request.
 */
export const injeungProtocol: Protocol = {
  request: ({ email, address }) => ({
    path: '/graphql',
    headers: AUTHORIZATION,
    body: JSON.stringify({ query: REQUEST, variables: { input: { email, clientIp: address } } }),
  }),
  requested: ({ body }) => {
    const { data } = JSON.parse(body) as { data?: { requestEmailCode?: { id: string } } };
    if (!data?.requestEmailCode) throw new Error(`a request was refused: ${body.slice(0, 300)}`);
    return data.requestEmailCode.id;
  },
  verify: (_user, verificationId, code) => ({
    path: '/graphql',
    headers: AUTHORIZATION,
    body: JSON.stringify({ query: VERIFY, variables: { input: { verificationId, code } } }),
  }),
  verified: ({ body }) => {
    const { data } = JSON.parse(body) as {
      data?: { verifyCode?: { verified: boolean; proof: string | null } };
    };
    return data?.verifyCode?.verified === true && data.verifyCode.proof !== null;
  },
};

/** Settings for production as the README describes them, with the default of every limit. */
function environment(url: string, { standIn, env }: StartOptions): Record<string, string> {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: url,
    INJEUNG_SECRET: SECRET,
    APP_API_KEYS: APP_KEY,
    // The others deliver by a plain POST. With SES, the SDK's work would be measured too: see the section ses-send.
    EMAIL_PROVIDER: 'http',
    HTTP_PROVIDER_URL: standIn.url + INJEUNG_PATH,
    HTTP_PROVIDER_SECRET: `whsec_${Buffer.alloc(32, 'secret').toString('base64')}`,
    // On, but higher than the number of messages of a run.
    EMAIL_DAILY_LIMIT: '100000000',
    BRAND_NAME: 'Example',
    SMS_PROVIDER: 'none',
    SHUTDOWN_DELAY_SECONDS: '0',
    ...env,
  };
}

/** Injeung as it is shipped, started by its own command. */
export function injeung(dialect: Dialect, nodes = 1): Contender {
  return { name: 'injeung', dialect, nodes, start: (options) => start(dialect, nodes, options) };
}

async function start(dialect: Dialect, nodes: number, options: StartOptions): Promise<Running> {
  const database = await createDatabase(dialect);
  const processes: ServerProcess[] = [];
  try {
    await options.seed?.(database.url);
    for (let node = 0; node < nodes; node++)
      processes.push(
        await startNode(database.url, dialect, nodes === 1 ? options : { ...options, profileDir: undefined }),
      );
  } catch (error) {
    for (const server of processes) server.kill();
    await database.drop();
    throw error;
  }
  return {
    protocol: injeungProtocol,
    processes,
    ledger: () => ledger(database.url),
    stop: () => end(processes, database),
  };
}

/** Starts one more node on a database. */
export function startNode(url: string, dialect: Dialect, options: StartOptions): Promise<ServerProcess> {
  const { profileDir, unpinned } = options;
  return ServerProcess.start({
    script: join(ROOT, 'bin/injeung.js'),
    args: ['serve'],
    env: environment(url, options),
    unpinned,
    nodeOptions:
      profileDir === undefined
        ? []
        : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`, `--cpu-prof-name=injeung-${dialect}.cpuprofile`],
  });
}

/** Rows that were stored before the run have an earlier settled_at and another purpose. */
async function ledger(url: string): Promise<Ledger> {
  const [row] = await queryOnce(
    url,
    `SELECT (SELECT count(*) FROM verification WHERE status = 'VERIFIED' AND purpose = 'sign-up') AS verified,
            (SELECT count(*) FROM delivery WHERE due_at IS NOT NULL)
            + (SELECT count(*) FROM delivery d JOIN verification v ON v.id = d.verification_id
               WHERE v.purpose = 'sign-up' AND (d.status <> 'SENT' OR d.attempts <> 1)) AS unsettled`,
  );
  return { verified: Number(row!.verified), unsettled: Number(row!.unsettled) };
}
