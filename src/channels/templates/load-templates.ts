import { Liquid } from 'liquidjs';
import { DEFAULT_TEMPLATES } from './default-templates';
import { checkedPurposes, checkRendered, unknownVariables } from './template-check';
import { readTemplateSources } from './template-files';
import { channelOf } from './template-name';
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
  const { sources, problems } = readTemplateSources(settings);
  const faults = problems.map((message): TemplateFault => ({ variable: 'TEMPLATES_DIR', message }));
  const plain = createEngine();
  const escaping = createEngine('escape');
  const parsed = new Map<string, ParsedTemplate>();
  const templates = new Templates(parsed, settings);
  for (const [path, { name, source }] of sources) {
    const engine = name.part === 'email.html' ? escaping : plain;
    const builtIn = source === DEFAULT_TEMPLATES[path];
    try {
      const template = engine.parse(source);
      parsed.set(path, { engine, template, builtIn: builtIn && !BLANKS.test(settings.brandName) });
    } catch (error) {
      faults.push({ variable: 'TEMPLATES_DIR', message: `${path}: ${(error as Error).message}` });
    }
  }
  for (const [path, { name, source }] of sources) {
    const own = parsed.get(path);
    if (own === undefined || settings.closedChannels?.includes(channelOf(name.part))) continue;
    const variable = causeOf(source === DEFAULT_TEMPLATES[path], settings);
    const unknown = unknownVariables(own.engine, own.template);
    const purposes = checkedPurposes(name, sources, settings);
    // Rendering would fail at the same variable and report nothing else.
    const messages = unknown.length > 0 ? unknown : checkRendered(name, purposes, templates, settings);
    faults.push(...messages.map((message) => ({ variable, message: `${path}: ${message}` })));
  }
  if (faults.length > 0) throw new TemplateFaults(faults);
  return templates;
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
