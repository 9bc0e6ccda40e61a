import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEnvironmentFile } from '../../src/config/environment-file';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'injeung-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function load(content: string | Buffer, exported: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  writeFileSync(join(directory, '.env'), content);
  const environment = { ...exported };
  loadEnvironmentFile(directory, environment);
  return environment;
}

function faultOf(content: string | Buffer): string {
  try {
    load(content);
    return 'none';
  } catch (error) {
    return (error as Error).message.replace(directory, '');
  }
}

it.each([
  ['A=1', '1'],
  ['  A = 1  ', '1'],
  ['\tA\t=\t1\t', '1'],
  ['export A=1', '1'],
  ['export\t A=1', '1'],
  ['A=', ''],
  ['A=  # comment', ''],
  ['A=1 # comment', '1'],
  ['A=1#2', '1#2'],
  ['A=#1', '#1'],
  ['A=a b  c', 'a b  c'],
  ['A=key=with=padding==', 'key=with=padding=='],
  ['A=postgres://u:p@h/d?sslmode=disable&schema=x', 'postgres://u:p@h/d?sslmode=disable&schema=x'],
  ['A=$B ${B}', '$B ${B}'],
  ["A=it's", "it's"],
  ['A=Example <a@example.com>', 'Example <a@example.com>'],
  ['A="Example" # comment', 'Example'],
  ['A=" # \' ` "', " # ' ` "],
  [String.raw`A="a\nb\tc\"d\\e\x"`, 'a\nb\tc"d\\e\\x'],
  [String.raw`A='a\nb"'`, String.raw`a\nb"`],
  ['A=`it\'s "so"`', 'it\'s "so"'],
  ['A="first\nsecond"', 'first\nsecond'],
  ["A='first\r\n# second\r\n'", 'first\n# second\n'],
  ['A=1\nA=2', '2'],
  ['A=1\r\n', '1'],
  ['\uFEFFA=1', '1'],
  ['A=인증', '인증'],
])('the .env file: %j is read', (content, value) => {
  expect(load(content)).toEqual({ A: value });
  expect(load(`# comment "\n\n${content.replace('\uFEFF', '')}\nB=2`)).toEqual({ A: value, B: '2' });
});

it('the .env file sets nothing when it is empty or has only comments', () => {
  for (const content of ['', '\n\r\n', '#A=1', '  # A="', '   ']) expect(load(content)).toEqual({});
});

it.each([
  ['A', 1],
  ['A: 1', 1],
  ['=1', 1],
  ['1A=1', 1],
  ['A-B=1', 1],
  ['A B=1', 1],
  ['export A', 1],
  ['B=2\n\nexport', 3],
  ['B="x\ny"\nA="open\nC=3', 3],
  ["B=2\nA='open", 2],
  ['A=`open"', 1],
  ['A="x"y', 1],
  ['A="x" y', 1],
  ['A="x\\"', 1],
])(
  'the .env file: an error names the line of %j that cannot be read, without its content',
  (content, line) => {
    const fault = faultOf(content);
    expect(fault).toMatch(new RegExp(`^/\\.env: line ${line} is not valid: it must be NAME=value`));
    expect(fault).not.toMatch(/open|[xy1]"/);
  },
);

it('the .env file is refused when its encoding is not UTF-8', () => {
  expect(faultOf(Buffer.from('A=é', 'latin1'))).toBe('/.env: is not UTF-8 text');
  expect(faultOf(Buffer.from('A=1', 'utf16le'))).toMatch(/^\/\.env: contains NUL characters/);
});

it('the .env file is optional, and refused when it exists but cannot be read', () => {
  loadEnvironmentFile(directory, {});
  mkdirSync(join(directory, '.env'));
  expect(() => loadEnvironmentFile(directory, {})).toThrow(/\.env: cannot be read \(EISDIR\)$/);
});

it('the .env file does not replace an exported variable, even an empty one', () => {
  expect(load('A=file\nB=file\nC=file', { A: 'exported', B: '' })).toEqual({
    A: 'exported',
    B: '',
    C: 'file',
  });
});

it('the .env file is not read when NODE_ENV=production is exported', () => {
  expect(load('A=1\nbroken', { NODE_ENV: 'production' })).toEqual({ NODE_ENV: 'production' });
  expect(load('A=1', { NODE_ENV: 'development' })).toEqual({ NODE_ENV: 'development', A: '1' });
});

it('the .env file can set NODE_ENV like any other variable', () => {
  expect(load('A=1\nNODE_ENV=production\nB=2')).toEqual({ A: '1', NODE_ENV: 'production', B: '2' });
});
