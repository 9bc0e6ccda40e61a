import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsReference, readMetrics, REFERENCE_SETTINGS } from '../../src/reference/metrics-reference';
import { ADMIN_KEY, TestApp } from '../support/test-app';

it('docs/reference/metrics.md is what `npm run docs:reference` writes', async () => {
  const app = await TestApp.start('sqlite', REFERENCE_SETTINGS);
  const text = await readMetrics(app.url, ADMIN_KEY).finally(() => app.close());
  const page = readFileSync(join(__dirname, '../../docs/reference/metrics.md'), 'utf8');
  expect(metricsReference(text)).toBe(page);
});
