import { performance } from 'node:perf_hooks';
import { type Dialect } from '../../test/support/databases';
import { TestApp } from '../../test/support/test-app';
import { type Finding } from './finding';

const REQUEST = 'requestEmailCode(input: { email: "hostile@example.com" }) { id }';
const many = (count: number, one: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => one(n)).join(' ');

/** The maximum cost of one request, on an otherwise idle machine. */
const MAX_MS = 150;
const MAX_GROWTH_MB = 48;

interface Hostile {
  name: string;
  /** The HTTP body. */
  body: string;
}

const query = (document: string, variables?: object) => JSON.stringify({ query: document, variables });

const DOCUMENTS: Hostile[] = [
  { name: '11 levels deep', body: query(`{ ${'a { '.repeat(10)} b ${'}'.repeat(10)} }`) },
  { name: '10,000 levels deep', body: query(`{ ${'a{'.repeat(10_000)} b ${'}'.repeat(10_000)} }`) },
  { name: '21 mutations', body: query(`mutation { ${many(21, (n) => `a${n}: ${REQUEST}`)} }`) },
  { name: '1,000 mutations', body: query(`mutation { ${many(1_000, (n) => `a${n}: ${REQUEST}`)} }`) },
  {
    name: '1,000 aliases of one field',
    body: query(`mutation { r: ${REQUEST.replace('{ id }', `{ ${many(1_000, (n) => `a${n}: id`)} }`)} }`),
  },
  {
    name: 'fragments that double 30 times',
    body: query(
      `mutation { ...F0 } ${many(30, (n) => `fragment F${n} on Mutation { ...F${n + 1} ...F${n + 1} }`)} fragment F30 on Mutation { ${REQUEST} }`,
    ),
  },
  {
    name: 'fragments in a circle',
    body: query('mutation { ...A } fragment A on Mutation { ...B } fragment B on Mutation { ...A }'),
  },
  {
    name: '2,000 directives',
    body: query(`mutation { ${REQUEST.replace('{ id }', `{ id ${many(2_000, () => '@a')} }`)} }`),
  },
  { name: '30,000 tokens', body: query(`{ ${many(30_000, () => 'a')} }`) },
  { name: '2,000 unknown fields', body: query(`{ ${many(1_900, (n) => `unknown${n}`)} }`) },
  {
    name: 'one field 480 times below another',
    body: query(`{ verification(id: "x") { ${many(480, () => 'status')} } }`),
  },
  {
    name: 'one object 300 times below another',
    body: query(`{ verification(id: "x") { ${many(300, () => 'delivery { status }')} } }`),
  },
  {
    name: 'inline fragments 400 deep',
    body: query(`{ verification(id: "x") { ${'... { '.repeat(400)} id ${'}'.repeat(400)} } }`),
  },
  {
    name: 'a name of 90 KiB that 100 errors would repeat',
    body: query(`query ${'q'.repeat(90_000)} { ${many(100, (n) => `a${n}: verification(id: $id) { id }`)} }`),
  },
  {
    name: '5,000 variables',
    body: JSON.stringify({
      query: 'mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }',
      variables: { input: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, n])) },
    }),
  },
  { name: 'one field 1,900 times', body: query(`{ ${many(1_900, () => '__typename')} }`) },
  {
    name: 'introspection, 9 times deeper each',
    body: query(`{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`),
  },
  {
    name: 'a string of 90 KiB',
    body: query(`mutation { ${REQUEST.replace('hostile', 'h'.repeat(90_000))} }`),
  },
  {
    name: 'variables 9,000 deep',
    body: `{"query":"mutation ($input: RequestEmailCodeInput!) { requestEmailCode(input: $input) { id } }","variables":${'{"input":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
  },
  {
    name: 'a batch of 100',
    body: `[${Array.from({ length: 100 }, () => query(`mutation { ${REQUEST} }`)).join(',')}]`,
  },
  { name: 'a body of 1 MiB', body: query(`{ a(b: "${'x'.repeat(1 << 20)}") }`) },
  { name: 'JSON that ends too soon', body: '{"query":"{ __typename }"' },
  { name: '50,000 brackets', body: '['.repeat(50_000) },
];

/** What hostile documents cost in time and memory, and whether any of them was executed. */
export async function hostileDocuments(dialect: Dialect, { repeat }: { repeat: number }): Promise<Finding[]> {
  const app = await TestApp.start(dialect, {
    NODE_ENV: 'production',
    EMAIL_PROVIDER: 'smtp',
    SMTP_URL: 'smtp://127.0.0.1:9',
    EMAIL_FROM: 'verify@example.com',
    SMS_PROVIDER: 'none',
  });
  try {
    const findings: Finding[] = [];
    for (const hostile of DOCUMENTS) findings.push(...(await attack(app, hostile, repeat)));
    return findings;
  } finally {
    await app.close();
  }
}

async function attack(app: TestApp, { name, body }: Hostile, repeat: number): Promise<Finding[]> {
  const executed = await executedFields(app);
  const heap = usedMegabytes();
  const times: number[] = [];
  const statuses: number[] = [];
  for (let n = 0; n < repeat; n++) {
    const start = performance.now();
    statuses.push(await post(app, body));
    times.push(performance.now() - start);
  }
  const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
  const common = { attack: 'hostile documents', path: name, calls: repeat };
  return [
    {
      ...common,
      got: (await executedFields(app)) - executed,
      threshold: 0,
      unit: 'fields carried out',
      note: `HTTP ${[...new Set(statuses)].join(', ')}, ${Math.ceil(body.length / 1024)} KiB`,
    },
    {
      ...common,
      got: statuses.filter((status) => status >= 500).length,
      threshold: 0,
      unit: 'answers with HTTP 5xx',
    },
    { ...common, got: middle, threshold: MAX_MS, unit: 'ms each (median)', measured: true },
    {
      ...common,
      got: Math.max(0, usedMegabytes() - heap),
      threshold: MAX_GROWTH_MB,
      unit: 'MB kept',
      measured: true,
    },
  ];
}

/** The status; 0 when the connection was closed. */
async function post(app: TestApp, body: string): Promise<number> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${app.url}/graphql`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  } catch {
    return 0;
  }
}

/** Number of root fields answered without an error, as the server counts them. */
async function executedFields(app: TestApp): Promise<number> {
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  const lines = metrics.matchAll(/^injeung_graphql_operations_total\{field="[^"]+",code="OK"\} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

function usedMegabytes(): number {
  // Without --expose-gc, garbage counts as well.
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / (1 << 20);
}
