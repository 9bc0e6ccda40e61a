import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { parse } from 'graphql';
import ts from 'typescript';
import { filesOf } from './documentation';

const ROOT = join(__dirname, '../..');

/** As in a new project of a bundler. */
const COMPILER_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: [],
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  isolatedModules: true,
  skipLibCheck: true,
  noEmit: true,
};

/** What the CLI exports as type. The CLI is not a dependency of Injeung: it has 140 packages of its own. */
const CLI_TYPES = {
  'node_modules/@graphql-codegen/cli/index.d.ts': `import { type Types } from '@graphql-codegen/plugin-helpers';
export type CodegenConfig = Types.Config;
`,
};

/** The part of a configuration of graphql-codegen that the documentation uses. */
export interface CodegenConfig {
  schema: string;
  documents: string;
  generates: Record<string, { preset: string; presetConfig: object; config: object }>;
}

/** A project in a temporary directory with the files that a page of the documentation shows. */
export class FrontEndProject {
  private readonly directory = mkdtempSync(join(tmpdir(), 'injeung-front-end-'));
  readonly files: readonly string[];

  /** @param changed changes the text of each file, for example to call another server. */
  constructor(page: string, changed: (text: string) => string = (text) => text) {
    // Above the project, so that the project can have a package that is not in the root.
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'));
    const files = filesOf(page);
    for (const { path, text } of files) this.write(path, changed(text));
    for (const [path, text] of Object.entries(CLI_TYPES)) this.write(path, text);
    this.files = files.map(({ path }) => path);
  }

  path(path: string): string {
    return join(this.directory, 'project', path);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8');
  }

  /** A module of the project. jest compiles it like every other source. */
  load<Module>(path: string): Module {
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require(this.path(path)) as Module;
  }

  /** Writes the generated files, as the command `graphql-codegen` does with the project's configuration. */
  async generate(): Promise<string[]> {
    const config = this.load<{ default: CodegenConfig }>('codegen.ts').default;
    const schema = parse(readFileSync(join(ROOT, config.schema), 'utf8'));
    const text = this.read(config.documents);
    const documents = [{ location: config.documents, rawSDL: text, document: parse(text) }];
    const written: string[] = [];
    for (const [baseOutputDir, output] of Object.entries(config.generates)) {
      if (output.preset !== 'client') throw new Error(`the preset ${output.preset} is not installed`);
      const options = { ...output, baseOutputDir, schema, documents, plugins: [], pluginMap: {} };
      for (const section of await preset.buildGeneratesSection(options)) {
        this.write(section.filename, await codegen(section));
        written.push(section.filename);
      }
    }
    return written;
  }

  /** The faults that TypeScript finds in the files of the page and in further ones. */
  typeFaults(further: string[] = []): string[] {
    const sources = [...this.files, ...further]
      .filter((path) => path.endsWith('.ts'))
      .map((path) => this.path(path));
    // Some faults are found only without this option, and others only with it.
    const lenient = ts.createProgram(sources, COMPILER_OPTIONS);
    const host = ts.createCompilerHost(COMPILER_OPTIONS);
    const strict = ts.createProgram(
      sources,
      { ...COMPILER_OPTIONS, noUncheckedIndexedAccess: true },
      host,
      lenient,
    );
    return [lenient, strict].flatMap((program) => ts.getPreEmitDiagnostics(program).map(describeFault));
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

function describeFault({ file, start = 0, messageText }: ts.Diagnostic): string {
  const message = ts.flattenDiagnosticMessageText(messageText, ' ');
  if (file === undefined) return message;
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}: ${message}`;
}
