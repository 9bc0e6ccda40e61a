import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { readConfig } from '../../src/config/config';
import { purposesJsonSchema } from '../../src/config/purposes/purposes-json-schema';
import { readPurposesFile } from '../../src/config/purposes/read-purposes-file';
import { SettingsFault } from '../../src/config/settings-fault';
import { type PurposeSettings } from '../../src/verification/verification.types';

const dir = mkdtempSync(join(tmpdir(), 'purposes-'));
const file = join(dir, 'purposes.yaml');
afterAll(() => rmSync(dir, { recursive: true }));

function read(text: string): PurposeSettings {
  writeFileSync(file, text);
  return readConfig({ PURPOSES_FILE: file }).verification.purposes;
}

/** The faults of PURPOSES_FILE, without the name of the variable. */
function faultsOf(env: string | Record<string, string>): string[] {
  if (typeof env === 'string') writeFileSync(file, env);
  try {
    readConfig(typeof env === 'string' ? { PURPOSES_FILE: file } : env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsFault)) throw error;
    return error.faults.map(({ variable, message }) => {
      expect(variable).toBe('PURPOSES_FILE');
      return message;
    });
  }
}

const NOTHING = {
  codeLength: null,
  ttlSeconds: null,
  maxAttempts: null,
  channels: null,
  recipientDailyLimit: null,
};

describe('a purposes file', () => {
  it('is read as YAML', () => {
    const { byName, strict } = read(`# Log-in
strict: true
purposes:
  login:
    codeLength: 8
    ttlSeconds: 600
    maxAttempts: 3
    channels: [SMS]
    recipientDailyLimit: 4
  sign-up:
  reset: {}
  pay:
    channels:
      - EMAIL
      - SMS
`);
    expect(strict).toBe(true);
    expect([...byName]).toEqual([
      [
        'login',
        { codeLength: 8, ttlSeconds: 600, maxAttempts: 3, channels: ['SMS'], recipientDailyLimit: 4 },
      ],
      ['sign-up', NOTHING],
      ['reset', NOTHING],
      ['pay', { ...NOTHING, channels: ['EMAIL', 'SMS'] }],
    ]);
  });

  it('is read as JSON, indented by tabs and with a byte order mark', () => {
    const value = { $schema: 'purposes.schema.json', purposes: { login: { codeLength: 4 } } };
    const { byName, strict } = read(`\uFEFF${JSON.stringify(value, null, '\t')}\r\n`);
    expect(strict).toBe(false);
    expect(byName.get('login')).toEqual({ ...NOTHING, codeLength: 4 });
  });

  it('is not required', () => {
    expect(readConfig({}).verification.purposes).toEqual({ byName: new Map(), strict: false });
  });

  it.each([
    ['codeLength', 4, 10],
    ['ttlSeconds', 1, 86_400],
    ['maxAttempts', 1, 20],
    ['recipientDailyLimit', 0, 1_000],
  ])('may have %s from %d to %d', (key, min, max) => {
    const write = (value: unknown) => `purposes: { login: { ${key}: ${String(value)} } }`;
    for (const value of [min, max])
      expect(read(write(value)).byName.get('login')).toMatchObject({ [key]: value });
    for (const value of [min - 1, max + 1, '"5"', 5.5, 'null', '', '[5]', '{}', 'true', '.inf', '.nan'])
      expect(faultsOf(write(value))).toEqual([
        `purposes.login.${key}: must be a whole number from ${min} to ${max} (line 1)`,
      ]);
  });

  it('names every fault at once, by key and line', () => {
    expect(
      faultsOf(`strict: maybe
purposes:
  Login:
    codelength: 6
  login:
    codeLength: 11
    ttlSeconds: 0
    maxAttempts: 21
    channels: [FAX]
    recipientDailyLimit: -1
    "odd key\\n": 1
  sign-up: 5
  x: [1]
  pay: { channels: SMS }
  buy: { channels: [] }
  sell: { channels: [SMS, SMS] }
  give: { channels: [[SMS]] }
  ${'a'.repeat(33)}: {}
limits: {}
`),
    ).toEqual([
      'strict: must be true or false (line 1)',
      'purposes.Login: must be a lower-case letter, then up to 31 lower-case letters, digits or hyphens (line 3)',
      'purposes.Login.codelength: is not a key here; the keys are codeLength, ttlSeconds, maxAttempts, channels, recipientDailyLimit (line 4)',
      'purposes.login.codeLength: must be a whole number from 4 to 10 (line 6)',
      'purposes.login.ttlSeconds: must be a whole number from 1 to 86400 (line 7)',
      'purposes.login.maxAttempts: must be a whole number from 1 to 20 (line 8)',
      'purposes.login.channels: must be a list of EMAIL, SMS with at least one of them (line 9)',
      'purposes.login.recipientDailyLimit: must be a whole number from 0 to 1000 (line 10)',
      expect.stringMatching(/^purposes\.login\."odd key\\n": is not a key here; .* \(line 11\)$/),
      'purposes.sign-up: must be a map (line 12)',
      'purposes.x: must be a map (line 13)',
      'purposes.pay.channels: must be a list of EMAIL, SMS with at least one of them (line 14)',
      'purposes.buy.channels: must be a list of EMAIL, SMS with at least one of them (line 15)',
      'purposes.sell.channels: must not contain a channel twice (line 16)',
      'purposes.give.channels: must be a list of EMAIL, SMS with at least one of them (line 17)',
      expect.stringMatching(/^purposes\.a{33}: must be a lower-case letter/),
      'limits: is not a key here; the keys are purposes, strict, $schema (line 19)',
    ]);
  });

  it('must not have a key twice', () => {
    expect(
      faultsOf('purposes:\n  login: { codeLength: 6, codeLength: 8 }\n  login: {}\npurposes: {}\n'),
    ).toEqual([
      'purposes: must not occur twice (line 4)',
      'purposes.login: must not occur twice (line 3)',
      'purposes.login.codeLength: must not occur twice (line 2)',
    ]);
    expect(faultsOf('{"strict": true, "purposes": {"a": {}}, "strict": false}')).toEqual([
      'strict: must not occur twice (line 1)',
    ]);
  });

  it('must have at least one purpose', () => {
    expect(faultsOf('purposes: {}')).toEqual(['purposes: must have at least one purpose (line 1)']);
    expect(faultsOf('purposes:')).toEqual(['purposes: must be a map (line 1)']);
    expect(faultsOf('strict: true')).toEqual(['purposes: is required']);
    for (const empty of ['', '\n# nothing\n', '---\n'])
      expect(faultsOf(empty)).toEqual(['names an empty file; it must have the key purposes']);
    for (const other of ['login', '5', '- purposes', '"purposes"'])
      expect(faultsOf(other)).toEqual(['must contain a map with the key purposes (line 1)']);
  });

  it('must be valid YAML, and the fault names the line', () => {
    expect(faultsOf('purposes:\n  login: {')).toEqual([
      expect.stringMatching(/^is not valid YAML: .* \(line 2\)$/),
    ]);
    expect(faultsOf('purposes:\n\tlogin: {}')).toEqual([
      'is not valid YAML: Tabs are not allowed as indentation (line 2)',
    ]);
    expect(faultsOf('purposes: {a: }\n---\npurposes: {}')[0]).toMatch(/multiple documents.*\(line 2\)/);
    expect(faultsOf('purposes: !policy {login: {}}')[0]).toMatch(/^is not valid YAML: .*!policy \(line 1\)$/);
  });

  it('must not use aliases, however deep they are', () => {
    expect(faultsOf('purposes:\n  a: &p { codeLength: 6 }\n  b: *p\n  c: { codeLength: *p }\n')).toEqual([
      'purposes.b: must not be an alias; write the value itself (line 3)',
      'purposes.c.codeLength: must not be an alias; write the value itself (line 4)',
    ]);
    const bomb = [
      'a: &a0 [x, x]',
      ...Array.from({ length: 40 }, (_, n) => `k${n}: &a${n + 1} [*a${n}, *a${n}]`),
    ];
    expect(faultsOf(bomb.join('\n'))).toHaveLength(42);
    expect(faultsOf('purposes:\n  a: &p { codeLength: 6 }\n  b: { <<: *p }\n')).toEqual([
      expect.stringMatching(/^purposes\.b\."<<": is not a key here/),
    ]);
  });

  it.each(['[', '{a: ', '- ', '? ', '[{a: '])(
    'must not have %j within itself thousands of times',
    (opening) => {
      const count = Math.floor(60_000 / opening.length);
      expect(faultsOf(opening.repeat(count))).toEqual([
        'must have at most 20 lists and maps within each other',
      ]);
    },
  );

  it('survives keys that JavaScript objects have', () => {
    expect(faultsOf('purposes: { login: { __proto__: 1, constructor: 2, toString: 3 } }')).toHaveLength(3);
    expect(read('purposes: { constructor: { codeLength: 6 } }').byName.get('constructor')).toMatchObject({
      codeLength: 6,
    });
  });

  it('must be a file of at most 64 KiB that can be read', () => {
    const other = join(dir, 'directory');
    mkdirSync(other);
    expect(faultsOf({ PURPOSES_FILE: other })).toEqual(['must name a file']);
    expect(faultsOf({ PURPOSES_FILE: '/dev/zero' })).toEqual(['must name a file']);
    expect(faultsOf({ PURPOSES_FILE: join(dir, 'absent.yaml') })).toEqual([
      'names a file that cannot be read (ENOENT)',
    ]);
    expect(faultsOf(`purposes: { a: {} }\n#${'x'.repeat(65_536)}`)).toEqual([
      'names a file of more than 65536 bytes',
    ]);
  });
});

it('the purposes files in the guide can be used', () => {
  const guide = readFileSync(join(__dirname, '../../docs/guides/purposes.md'), 'utf8');
  const samples = [...guide.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text!);
  expect(samples.length).toBeGreaterThan(2);
  for (const sample of samples) expect(faultsOf(sample)).toEqual([]);
});

describe('the JSON Schema of the purposes file', () => {
  const isValid = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(purposesJsonSchema());

  it('is the published one', () => {
    const published = readFileSync(join(__dirname, '../../docs/reference/purposes.schema.json'), 'utf8');
    expect(JSON.parse(published)).toEqual(purposesJsonSchema());
  });

  it('accepts the example, which the server accepts too', () => {
    const example = join(__dirname, '../../docs/examples/purposes.yaml');
    const text = readFileSync(example, 'utf8');
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(text)!;
    expect(readFileSync(join(__dirname, '../../docs/examples', schema!), 'utf8')).toContain('PURPOSES_FILE');
    const { byName } = readConfig({ PURPOSES_FILE: example }).verification.purposes;
    expect(byName.get('login')).toMatchObject({ ttlSeconds: 600 });
  });

  it('accepts exactly the files that the server accepts', () => {
    const mostly = <T>(usual: fc.Arbitrary<T>, ...others: fc.Arbitrary<unknown>[]) =>
      fc.oneof({ weight: 12, arbitrary: usual }, ...others);
    const odd = fc.constantFrom<unknown>(null, true, 'EMAIL', '6', [], {}, 6.5, 1e300);
    const channels = fc.constantFrom(['SMS'], ['EMAIL'], ['EMAIL', 'SMS']);
    const policy = fc.record(
      {
        codeLength: mostly(fc.integer({ min: 4, max: 10 }), fc.constantFrom(3, 11), odd),
        ttlSeconds: mostly(fc.integer({ min: 1, max: 86_400 }), fc.constantFrom(0, 86_401), odd),
        maxAttempts: mostly(fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, 21), odd),
        channels: mostly(channels, fc.constantFrom<unknown>(['SMS', 'SMS'], ['sms'], [['SMS']], [null]), odd),
        recipientDailyLimit: mostly(fc.integer({ min: 0, max: 1_000 }), fc.constantFrom(-1, 1_001), odd),
      },
      { requiredKeys: [] },
    );
    const misspelled = policy.map((value) => ({ ...value, codelength: 6 }));
    const name = mostly(
      fc.constantFrom('login', 'sign-up', 'a', `a${'0'.repeat(31)}`),
      fc.constantFrom('Login', '', '0a', `a${'0'.repeat(32)}`, 'a_b'),
    ) as fc.Arbitrary<string>;
    const purposes = fc.dictionary(name, mostly(policy, misspelled, odd), { maxKeys: 3 });
    const document = fc
      .tuple(
        mostly(purposes, odd),
        mostly(fc.boolean(), odd),
        mostly(fc.constant({}), fc.constant({ limits: {} })),
      )
      .map(([value, strict, more]) => ({ purposes: value, strict, ...(more as object) }));
    let accepted = 0;
    fc.assert(
      fc.property(document, (value) => {
        const text = JSON.stringify(value);
        writeFileSync(file, text);
        const isAccepted = 'byName' in readPurposesFile(file);
        if (isAccepted) accepted++;
        expect(isAccepted).toBe(isValid(JSON.parse(text)));
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
