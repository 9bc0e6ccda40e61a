import { Liquid } from 'liquidjs';
import { eucKrLength } from '../sms/euc-kr';
import { DEFAULT_TEMPLATES } from './default-templates';
import { checkedPurposes, checkRendered, unknownVariables } from './template-check';
import { languageFaults, noticesOf } from './language-check';
import { type ParsedTemplate, TemplateCatalog } from './template-catalog';
import { type TemplateFault, TemplateFaults } from './template-fault';
import { readTemplateSources, type TemplateSources } from './template-files';
import { channelOf } from './template-name';
import { BLANKS, Templates, type TemplateSettings } from './templates';

/**
 * Parses the built-in templates and the operator's files that replace them, and renders each with its longest
 * values.
 *
 * @throws TemplateFaults with every fault: unknown files, syntax, unknown variables, a missing code, a
 *   subject of several lines, an SMS that is too long or has characters that carriers cannot transmit, a language with
 *   parts of a message only, a default language without templates.
 */
export function loadTemplates(settings: TemplateSettings): Templates {
  const { sources, problems } = readTemplateSources(settings);
  const faults = problems.map((message): TemplateFault => ({ variable: 'TEMPLATES_DIR', message }));
  const parsed = parseSources(sources, settings, faults);
  const catalog = new TemplateCatalog(parsed, settings.defaultLocale ?? 'ko');
  const templates = new Templates(catalog, settings, noticesOf(catalog, sources, settings));
  for (const [key, { name, path, source }] of sources) {
    const template = parsed.get(key);
    if (!template?.isTransmittable || settings.closedChannels?.includes(channelOf(name.part))) continue;
    const variable = causeOf(source === DEFAULT_TEMPLATES[key], settings);
    const unknown = unknownVariables(template.engine, template.template);
    const purposes = checkedPurposes(name, sources, settings);
    // Rendering would fail at the same variable and report nothing else.
    const messages = unknown.length > 0 ? unknown : checkRendered(name, purposes, templates, settings);
    faults.push(...messages.map((message) => ({ variable, message: `${path}: ${message}` })));
  }
  // A file that cannot be parsed would be reported as missing too.
  if (parsed.size === sources.size) faults.push(...languageFaults(catalog, settings));
  if (faults.length > 0) throw new TemplateFaults(faults);
  return templates;
}

function parseSources(
  sources: TemplateSources,
  { brandName }: TemplateSettings,
  faults: TemplateFault[],
): Map<string, ParsedTemplate> {
  const plain = createEngine();
  const escaping = createEngine('escape');
  const parsed = new Map<string, ParsedTemplate>();
  for (const [key, { name, path, source, isOwn }] of sources) {
    const engine = name.part === 'email.html' ? escaping : plain;
    const builtIn = source === DEFAULT_TEMPLATES[key] && !BLANKS.test(brandName);
    const isTransmittable =
      isOwn || channelOf(name.part) === 'EMAIL' || eucKrLength(source).unencodable.length === 0;
    try {
      parsed.set(key, { name, engine, template: engine.parse(source), builtIn, isTransmittable });
    } catch (error) {
      faults.push({ variable: 'TEMPLATES_DIR', message: `${path}: ${(error as Error).message}` });
    }
  }
  return parsed;
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
