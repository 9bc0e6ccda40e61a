import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsReference } from '../../src/reference/commands-reference';
import { errorsReference } from '../../src/reference/errors-reference';
import { settingsReference } from '../../src/reference/settings-reference';

// docs/reference/metrics.md requires a running server: test/integration/metrics-reference.test.ts.
it.each([
  ['settings.md', settingsReference],
  ['errors.md', errorsReference],
  ['command-line.md', commandsReference],
])('docs/reference/%s is what `npm run docs:reference` writes', (page, reference) => {
  expect(readFileSync(join(__dirname, '../../docs/reference', page), 'utf8')).toBe(reference());
});
