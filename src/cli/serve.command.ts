import { Command } from 'commander';
import { type App, createApp } from '../app';
import { TemplateFaults } from '../channels/templates';
import { type Config, readConfig } from '../config/config';
import { SettingsFault } from '../config/settings-fault';
import { WrongSecret } from '../keyring/keyring';
import { Misuse } from './misuse';

export function serveCommand(): Command {
  return new Command('serve')
    .description('start the server; settings come from the environment and .env (docs/reference/settings.md)')
    .action(async () => {
      const config = settings();
      const app = await start(config);
      stopOnSignals(app);
      welcome(app, config);
    });
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

async function start(config: Config): Promise<App> {
  try {
    return await createApp(config, { processMetrics: true });
  } catch (error) {
    if (error instanceof TemplateFaults)
      throw new Misuse(`these templates cannot be used:\n${indent(error.message)}`);
    if (error instanceof WrongSecret) throw new Misuse(error.message);
    throw error;
  }
}

/** The first signal drains, a second one ends it now. */
function stopOnSignals(app: App): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    app.logger.info({ signal }, 'stopping');
    app.shutDown().then(
      () => process.exit(0),
      (error: unknown) => {
        app.logger.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** Outside production it lists the pages. The line with "listening" says that the server is ready. */
function welcome({ url }: App, { production, channels }: Config): void {
  const lines = [`Injeung is listening on ${url}/graphql`];
  if (!production) lines.push(`  Start    ${url}/`, `  Sandbox  ${url}/graphql`);
  const usesInbox = [...channels.emailProviders, ...channels.smsProviders].includes('inbox');
  if (usesInbox) lines.push(`  Inbox    ${url}/inbox`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
