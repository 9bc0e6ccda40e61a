import 'reflect-metadata';
import '../channels/ses/quiet-aws-sdk';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../app/create-app';
import { readConfig } from '../config/config';
import { purposesJsonSchema } from '../config/purposes/purposes-json-schema';
import { isDatabaseUnavailable } from '../database/database-errors';
import { ProcessLog } from '../observability/log';
import { commandsReference } from './commands-reference';
import { errorsReference } from './errors-reference';
import { metricsReference, readMetrics, REFERENCE_SETTINGS } from './metrics-reference';
import { settingsReference } from './settings-reference';

/** Writes the pages of docs/reference that are generated: `npm run docs:reference`. */
async function emit(): Promise<void> {
  const write = (page: string, text: string) => writeFileSync(`docs/reference/${page}`, text);
  write('settings.md', settingsReference());
  write('errors.md', errorsReference());
  write('command-line.md', commandsReference());
  write('purposes.schema.json', `${JSON.stringify(purposesJsonSchema(), null, 2)}\n`);
  write('metrics.md', metricsReference(await metricsOfNewServer()));
}

async function metricsOfNewServer(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'injeung-reference-'));
  const adminKey = 'an-admin-key-for-the-reference-alone';
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: `sqlite:${join(directory, 'injeung.sqlite')}`,
    ADMIN_API_KEYS: adminKey,
    ...REFERENCE_SETTINGS,
  });
  const log = new ProcessLog({ level: 'error', format: 'json', isOutage: isDatabaseUnavailable });
  const app = await createApp(config, log);
  try {
    return await readMetrics(app.url, adminKey);
  } finally {
    await app.close();
    rmSync(directory, { recursive: true });
  }
}

void emit();
