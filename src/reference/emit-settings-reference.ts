import 'reflect-metadata';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { settingsReference } from '../config/settings-reference';

/** Writes the settings reference: `npm run docs:settings`. */
const FILE = 'docs/reference/settings.md';

mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, settingsReference());
