import { isatty } from 'node:tty';
import { type App, createApp } from '../app/create-app';
import { TemplateFaults } from '../channels/templates/template-fault';
import { type Config, readConfig } from '../config/config';
import { SettingsFault } from '../config/settings-fault';
import { isDatabaseUnavailable } from '../database/database-errors';
import { WrongSecret } from '../keyring/keyring';
import { ProcessLog } from '../observability/log';
import { endProcess } from './end-process';
import { Misuse } from './misuse';

/** How long the end of the process waits for the log to be written, in milliseconds. */
const FLUSH_MS = 500;
const FAILED = 1;

/** Starts the server. A signal stops it, and ends the process. */
export async function serve(): Promise<void> {
  const config = settings();
  const log = openLog(config);
  const signals = new StopSignals(log);
  const app = await start(config, log);
  signals.stopWith(app);
  log.print(welcome(app, config));
}

function settings(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (error instanceof SettingsFault)
      throw new Misuse(`these settings cannot be used:\n${indent(error.message)}`);
    throw error;
  }
}

function openLog({ logLevel, logFormat, production }: Config): ProcessLog {
  const format = logFormat ?? (isatty(1) && !production ? 'pretty' : 'json');
  const log = new ProcessLog({ level: logLevel, format, isOutage: isDatabaseUnavailable });
  process.on('uncaughtException', (error) => {
    log.logger.fatal({ err: error }, 'unhandled error: the process ends');
    void end(log, FAILED);
  });
  return log;
}

async function start(config: Config, log: ProcessLog): Promise<App> {
  try {
    return await createApp(config, log, { processMetrics: true });
  } catch (error) {
    await log.flush(FLUSH_MS);
    if (error instanceof TemplateFaults)
      throw new Misuse(`these templates cannot be used (TEMPLATES_DIR):\n${indent(error.message)}`);
    if (error instanceof WrongSecret) throw new Misuse(error.message);
    throw error;
  }
}

/** Handles SIGTERM and SIGINT: the first signal stops the server, a second one ends the process at once. */
class StopSignals {
  private app: App | null = null;
  private stopping = false;

  constructor(private readonly log: ProcessLog) {
    process.on('SIGTERM', (signal) => void this.received(signal));
    process.on('SIGINT', (signal) => void this.received(signal));
  }

  stopWith(app: App): void {
    this.app = app;
  }

  private async received(signal: NodeJS.Signals): Promise<void> {
    if (this.stopping) return endProcess(FAILED);
    this.stopping = true;
    this.log.logger.info({ signal }, 'stopping');
    // During the start no request has been accepted yet, so there is nothing to wait for.
    await this.app?.shutDown();
    await end(this.log, 0);
  }
}

async function end(log: ProcessLog, status: number): Promise<never> {
  await log.flush(FLUSH_MS);
  return endProcess(status);
}

/**
 * Returns the line that says that the server is ready (it contains "listening") and, outside production, the
 * pages.
 */
function welcome({ url }: App, { production, channels }: Config): string {
  const lines = [`Injeung is listening on ${url}/graphql`];
  if (!production) lines.push(`  Start    ${url}/`, `  Demo     ${url}/demo`, `  Sandbox  ${url}/graphql`);
  const usesInbox = [...channels.emailProviders, ...channels.smsProviders].includes('inbox');
  if (usesInbox) lines.push(`  Inbox    ${url}/inbox`);
  return lines.join('\n');
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
