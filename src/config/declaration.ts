import { ACCESS } from './settings/access.settings';
import { CODES } from './settings/codes.settings';
import { DATABASE } from './settings/database.settings';
import { DELIVERY } from './settings/delivery.settings';
import { EVENTS } from './settings/events.settings';
import { HUMAN_CHECK } from './settings/human-check.settings';
import { LIMITS } from './settings/limits.settings';
import { MESSAGES } from './settings/messages.settings';
import { PROVIDERS } from './settings/providers/providers.settings';
import { SERVER } from './settings/server.settings';
import { type Setting } from './setting';

/**
 * Every setting of Injeung, in the order of the reference. The start, the doctor and
 * docs/reference/settings.md all read this one declaration.
 *
 * To add a setting, add one entry to a group in `settings/`:
 *
 *     SEND_CONCURRENCY: integer({
 *       default: 32,
 *       min: 1,
 *       max: 1_000,
 *       description: 'How many messages one node sends at the same time.',
 *     }),
 *
 * The kinds are in kinds.ts (`integer`, `flag`, `choice`, `text`, `list`, `providers`, `special`), and the
 * properties of every entry in setting.ts (`requiredBy`, `onlyWith`, `channel`, `defaultText`). Then pass the
 * value to its feature in the function below the group, which fills the type that the feature owns, and run
 * `npm run docs:reference`.
 *
 * A new provider is one file there (see settings/sens.settings.ts) and two lines in settings/providers.settings.ts.
 */
export const GROUPS = {
  server: SERVER,
  database: DATABASE,
  access: ACCESS,
  delivery: DELIVERY,
  messages: MESSAGES,
  ...PROVIDERS,
  codes: CODES,
  events: EVENTS,
  limits: LIMITS,
  humanCheck: HUMAN_CHECK,
};

/** Every setting by variable name. */
export const SETTINGS: ReadonlyMap<string, Setting<unknown>> = new Map(
  Object.values(GROUPS).flatMap(({ settings }) => Object.entries<Setting<unknown>>(settings)),
);
