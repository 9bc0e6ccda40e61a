import { readFileSync } from 'node:fs';
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

/** The lines `A=1` of the example. An empty value is left out, as by Compose. */
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

/** The settings that the image contains. */
const inImage = Object.fromEntries(
  [...read('Dockerfile').matchAll(/^ENV (.+)$/gm)].flatMap(([, text]) =>
    text!.split(' ').map((pair) => pair.split(/=(.*)/) as [string, string]),
  ),
);

describe('compose.yaml', () => {
  it('starts nodes when PostgreSQL is healthy, and keeps the data of PostgreSQL', () => {
    const { injeung, postgres } = compose.services;
    expect(injeung.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    expect(postgres.healthcheck).toBeDefined();
    const [volume] = postgres.volumes!;
    expect(Object.keys(compose.volumes)).toContain(volume!.split(':')[0]);
    expect(injeung).toMatchObject({ build: '.', env_file: 'compose.env' });
  });

  it('contains only settings that the program knows, and the password of PostgreSQL', () => {
    const names = [example(), compose.services.injeung.environment, inImage].flatMap((variables) =>
      Object.keys(variables),
    );
    expect(names.filter((name) => name !== 'POSTGRES_PASSWORD' && !SETTINGS.has(name))).toEqual([]);
  });

  it('has an example that lacks only the values that the operator must choose', () => {
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

  it('contains settings that the program knows, with values that it accepts', () => {
    const settings = Object.fromEntries(parseEnvironmentFile(uncommented, '.env.example'));
    expect(Object.keys(settings).length).toBeGreaterThan(15);
    expect(Object.keys(settings).filter((name) => !SETTINGS.has(name))).toEqual([]);
    // The values that only the reader can know are empty, and required.
    expect(faultsOf(settings).sort()).toEqual([
      'EVENTS_SECRET',
      'HTTP_PROVIDER_SECRET',
      'SENS_ACCESS_KEY',
      'SENS_ALIMTALK_TEMPLATE_KO',
      'SENS_SECRET_KEY',
      'SOLAPI_API_KEY',
      'SOLAPI_API_SECRET',
    ]);
  });

  it('is named so that neither Git nor the image includes the file', () => {
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

  it('contains the build, but no sources, tests or settings', () => {
    expect(files).toEqual(expect.arrayContaining(['bin', 'dist/src', 'dist/build.json', '.env.example']));
    expect(files.filter((file) => /^(src|test|bench|data|\.env$)/.test(file))).toEqual([]);
  });

  it('is built before it is packed, and can be installed without the compiler', () => {
    expect(scripts).toMatchObject({
      prepack: 'node tools/build.js',
      prepare: 'node tools/build.js --optional',
      prestart: 'node tools/build.js',
    });
  });
});
