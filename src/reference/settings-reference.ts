import { GROUPS } from '../config/declaration';
import { type Group, type Setting } from '../config/setting';
import { contentsEntry } from './markdown';

const INTRODUCTION = `# Settings

<!-- Generated from src/config/declaration.ts by "npm run docs:reference"; a test fails when it is out of date. -->

All settings come from environment variables, which are read once, at start. To change a setting, restart the server:
accepted requests, codes and proofs survive a restart.

Every value is checked at start. Wrong and missing values are all listed at once, by name, and the process ends with
exit status 2. \`npx injeung doctor\` makes the same checks without starting a server.

An empty variable counts as not set. Spaces around a value and around the entries of a list are ignored; entries are
separated by commas. The values of settings marked as secret never appear in a log or an error.

## Contents

CONTENTS

## The file .env

Every command of \`npx injeung\` first reads the file \`.env\` in the working directory, if there is one; \`.env.example\` has
the usual settings.

- An exported variable takes precedence over the file, even an empty one. When \`NODE_ENV=production\` is exported, the file is not read.
  \`npm test\` never reads it.
- \`NODE_ENV\` in the file counts like any other variable: \`NODE_ENV=production\` there makes a production server.
- A line is \`NAME=value\` or \`export NAME=value\`. A \`#\` at the start of a line or after a space begins a comment.
- A value in single quotes, double quotes or backticks may have several lines. \`\\n\`, \`\\r\`, \`\\t\`, \`\\"\` and \`\\\\\` are
  escapes in double quotes only. \`$\` is not expanded.
- A file that cannot be read, and a line that is not an assignment, are reported by file and line, with exit status 2.
- Node reads its own variables (\`NODE_OPTIONS\`, \`NODE_EXTRA_CA_CERTS\`) before any program runs: export those.
`;

/** The text of docs/reference/settings.md: one section per setting, so that a link can point to each. */
export function settingsReference(): string {
  const groups = Object.values<Group>(GROUPS);
  const contents = ['The file .env', ...groups.map(({ title }) => title)].map(contentsEntry).join('\n');
  return [INTRODUCTION.replace('CONTENTS', contents), ...groups.map(groupSection)].join('\n');
}

function groupSection({ title, intro, settings }: Group): string {
  const sections = Object.entries(settings).map(([variable, setting]) => settingSection(variable, setting));
  return [`## ${title}\n`, ...(intro ? [`${intro}\n`] : []), ...sections].join('\n');
}

function settingSection(variable: string, setting: Setting<unknown>): string {
  const { description, form, secret, requiredBy, onlyWith } = setting;
  const facts = [`Value: ${form}`, `Default: ${defaultOf(setting)}`];
  if (requiredBy) facts.push(`Required by: ${requiredBy.map((one) => `\`${one}\``).join(', ')}`);
  if (onlyWith) facts.push(`Has an effect only with: \`${onlyWith}\``);
  if (secret) facts.push('Secret');
  return [`### \`${variable}\`\n`, `${description}\n`, ...facts.map((fact) => `- ${fact}`), ''].join('\n');
}

function defaultOf({ defaultText, default: value, developmentDefault }: Setting<unknown>): string {
  if (defaultText !== undefined) return defaultText;
  if (developmentDefault === undefined) return written(value);
  return `${written(value)}; outside production ${written(developmentDefault)}`;
}

function written(value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'none';
  if (typeof value === 'boolean') return value ? '`on`' : '`off`';
  return `\`${Array.isArray(value) ? value.join(',') : (value as string | number)}\``;
}
