import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { SETTINGS } from '../../src/config/declaration';
import { parseEnvironmentFile } from '../../src/config/environment-file';
import { type SettingsFault } from '../../src/config/settings-fault';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

interface Service {
  env_file?: string;
  environment: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: object;
  volumes?: string[];
  build?: string;
}
interface Compose {
  services: Record<'injeung' | 'postgres', Service>;
  volumes: object;
}

const { load } = jest.requireActual<{ load: (text: string) => unknown }>('js-yaml');
const compose = load(read('compose.yaml')) as Compose;
const instructions = read('Dockerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ')[0]!, text: line.slice(line.indexOf(' ') + 1) }));
const named = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text);
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));

/** `A=1` lines; an empty value as Compose passes it on. */
function example(): Record<string, string> {
  const lines = read('compose.env.example').split('\n');
  const pairs = lines
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.split('=') as [string, string]);
  return Object.fromEntries(pairs);
}

function faultsOf(variables: Record<string, string>): string[] {
  try {
    readConfig(variables);
    return [];
  } catch (error) {
    return (error as SettingsFault).faults.map(({ variable }) => variable).sort();
  }
}

const inImage = Object.fromEntries(
  named('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split(/=(.*)/) as [string, string])),
);

describe('the Dockerfile', () => {
  it('builds in one stage and runs in another of the same image, of a Node that package.json allows', () => {
    const [build, run] = named('FROM');
    expect(named('FROM')).toHaveLength(2);
    expect(build).toBe(`${run!} AS build`);
    const [, least] = /^>=(\d+)/.exec(JSON.parse(read('package.json')).engines.node)!;
    expect(Number(/^node:(\d+)-/.exec(run!)![1])).toBeGreaterThanOrEqual(Number(least));
  });

  it('copies files that exist, past .dockerignore', () => {
    const allowed = read('.dockerignore').match(/(?<=^!).+$/gm)!;
    const sources = named('COPY')
      .filter((text) => !text.startsWith('--from='))
      .flatMap((text) => text.split(' ').slice(0, -1));
    expect([...new Set(sources)].sort()).toEqual([...allowed].sort());
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  });

  it('runs Node itself, not as root, and asks healthz with Node', () => {
    const names = lastStage.map(({ name }) => name);
    expect(named('USER')).toEqual(['node']);
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('COPY'));
    const [command] = named('CMD').map((text) => JSON.parse(text) as string[]);
    expect(command).toEqual(['node', 'bin/injeung.js', 'serve']);
    const [, check] = /CMD (\[.*)$/.exec(named('HEALTHCHECK')[0]!)!;
    expect(JSON.parse(check!)).toEqual(['node', '-e', expect.stringContaining('/healthz')]);
  });

  it('keeps the SQLite file on its volume and listens on every interface', () => {
    expect(named('VOLUME')).toEqual(['/data']);
    expect(inImage).toMatchObject({
      DATABASE_URL: expect.stringMatching(/^sqlite:\/data\//),
      HOST: '0.0.0.0',
    });
    expect(named('EXPOSE')).toEqual([inImage['PORT']]);
  });
});

describe('compose.yaml', () => {
  it('starts nodes when PostgreSQL is healthy, and keeps its data', () => {
    const { injeung, postgres } = compose.services;
    expect(injeung.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(postgres.healthcheck).toBeDefined();
    const [volume] = postgres.volumes!;
    expect(Object.keys(compose.volumes)).toContain(volume!.split(':')[0]);
    expect(injeung).toMatchObject({ build: '.', env_file: 'compose.env' });
  });

  it('names settings that the program knows, and no others but the password of PostgreSQL', () => {
    const names = [example(), compose.services.injeung.environment, inImage].flatMap((variables) =>
      Object.keys(variables),
    );
    expect(names.filter((name) => name !== 'POSTGRES_PASSWORD' && !SETTINGS.has(name))).toEqual([]);
  });

  it('has an example that wants exactly what must be filled in', () => {
    const url = compose.services.injeung.environment['DATABASE_URL']!;
    const environment = { ...inImage, ...example(), DATABASE_URL: url.replace(/\$\{[^}]*\}/, 'password') };
    expect(faultsOf(environment)).toEqual(['EMAIL_FROM', 'INJEUNG_SECRET']);
    const filled = {
      ...environment,
      EMAIL_FROM: 'a@example.com',
      INJEUNG_SECRET: 'the master secret of this test is long',
    };
    expect(readConfig(filled)).toMatchObject({ production: true, host: '0.0.0.0', port: 4000 });
    expect(readConfig(filled).databaseUrl).toBe(
      'postgres://injeung:password@postgres:5432/injeung?sslmode=disable',
    );
    expect(url).toContain('POSTGRES_PASSWORD');
  });
});

describe('.env.example', () => {
  const text = read('.env.example');
  const uncommented = text.replace(/^#(?=[A-Z_]+=)/gm, '');

  it('sets nothing until a line is uncommented', () => {
    expect(parseEnvironmentFile(text, '.env.example')).toEqual(new Map());
  });

  it('names settings that the program knows, with values that it accepts', () => {
    const settings = Object.fromEntries(parseEnvironmentFile(uncommented, '.env.example'));
    expect(Object.keys(settings).length).toBeGreaterThan(15);
    expect(Object.keys(settings).filter((name) => !SETTINGS.has(name))).toEqual([]);
    // What only the reader can fill in is empty, and required.
    expect(faultsOf(settings)).toEqual(['SENS_ACCESS_KEY', 'SENS_SECRET_KEY']);
  });

  it('names a file that neither Git nor the image takes', () => {
    expect(read('.gitignore').split('\n')).toContain('.env');
    expect(read('.dockerignore').split('\n')).toContain('**/.env');
    expect(read('.dockerignore').split('\n').indexOf('*')).toBeLessThan(
      read('.dockerignore').split('\n').indexOf('**/.env'),
    );
  });
});

describe('the package', () => {
  const { files, scripts } = JSON.parse(read('package.json')) as {
    files: string[];
    scripts: Record<string, string>;
  };

  it('takes the build and none of the sources, tests or settings', () => {
    expect(files).toEqual(expect.arrayContaining(['bin', 'dist/src', 'dist/build.json', '.env.example']));
    expect(files.filter((file) => /^(src|test|bench|data|\.env$)/.test(file))).toEqual([]);
  });

  it('is built before it is packed, and an installation without the compiler goes through', () => {
    expect(scripts).toMatchObject({
      prepack: 'node tools/build.js',
      prepare: 'node tools/build.js --optional',
      prestart: 'node tools/build.js',
    });
  });
});
