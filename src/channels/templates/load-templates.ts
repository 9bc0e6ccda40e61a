import { Liquid } from 'liquidjs';
import { type Channel } from '../../recipients/channel';
import { DEFAULT_TEMPLATES, type TemplateName, TEMPLATE_NAMES } from './default-templates';
import { checkRendered, unknownVariables } from './template-check';
import { readTemplateSources } from './template-files';
import { BLANKS, type ParsedTemplate, Templates, type TemplateSettings } from './templates';

/** Why a template cannot be used, and the setting with which the operator can correct it. */
export interface TemplateFault {
  variable: 'TEMPLATES_DIR' | 'BRAND_NAME' | 'SMS_WEBOTP_DOMAIN';
  message: string;
}

/** Templates that cannot be used, with all of their faults. */
export class TemplateFaults extends Error {
  constructor(readonly faults: readonly TemplateFault[]) {
    super(faults.map(({ variable, message }) => `${variable}: ${message}`).join('\n'));
    this.name = 'TemplateFaults';
  }
}

/**
 * Parses the built-in templates and the operator's files that replace them, and renders each with its longest
 * values.
 *
 * @throws TemplateFaults with every fault: unknown files, syntax, unknown variables, a missing code, a
 *   subject of several lines, an SMS that is too long or has characters that carriers cannot transmit.
 */
export function loadTemplates(settings: TemplateSettings): Templates {
  const { sources, problems } = readTemplateSources(settings.dir ?? null);
  const faults = problems.map((message): TemplateFault => ({ variable: 'TEMPLATES_DIR', message }));
  const plain = createEngine();
  const escaping = createEngine('escape');
  const parsed = new Map<TemplateName, ParsedTemplate>();
  const templates = new Templates(parsed, settings);
  for (const name of TEMPLATE_NAMES) {
    const engine = name.endsWith('.html.liquid') ? escaping : plain;
    const closed = settings.closedChannels?.includes(channelOf(name)) ?? false;
    const source = closed ? DEFAULT_TEMPLATES[name] : sources[name];
    const builtIn = source === DEFAULT_TEMPLATES[name];
    const add = (messages: readonly string[]) =>
      faults.push(...messages.map((message) => ({ variable: causeOf(builtIn, settings), message })));
    try {
      const template = engine.parse(source);
      parsed.set(name, { engine, template, builtIn: builtIn && !BLANKS.test(settings.brandName) });
      if (closed) continue;
      const unknown = unknownVariables(name, engine, template);
      // Rendering would fail at the same variable and report nothing else.
      add(unknown.length > 0 ? unknown : checkRendered(name, templates, settings));
    } catch (error) {
      add([`${name}: ${(error as Error).message}`]);
    }
  }
  if (faults.length > 0) throw new TemplateFaults(faults);
  return templates;
}

function channelOf(name: TemplateName): Channel {
  return name.includes('/sms.') ? 'SMS' : 'EMAIL';
}

/** A built-in template is correct, so a value that is inserted into it must be wrong. */
function causeOf(builtIn: boolean, { brandName }: TemplateSettings): TemplateFault['variable'] {
  if (!builtIn) return 'TEMPLATES_DIR';
  return brandName === '' ? 'SMS_WEBOTP_DOMAIN' : 'BRAND_NAME';
}

/**
 * Liquid is safe for the operator's templates: it cannot run code and, without the tags that name files,
 * reads only its variables.
 */
function createEngine(outputEscape?: 'escape'): Liquid {
  const engine = new Liquid({
    ...(outputEscape && { outputEscape }),
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {},
    parseLimit: 100_000,
    renderLimit: 1_000,
    memoryLimit: 1_000_000,
  });
  for (const tag of ['include', 'render', 'layout', 'block']) delete engine.tags[tag];
  return engine;
}
