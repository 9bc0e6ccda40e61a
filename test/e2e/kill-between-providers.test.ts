import { createDatabase, DIALECTS, type TestDatabase } from '../support/databases';
import { NEVER } from '../support/fake-alimtalk';
import { FakeSens } from '../support/fake-sens';
import { readRows } from '../support/read-rows';
import { buildProgram, ServerProcess } from '../support/server-process';
import { ADMIN_KEY } from '../support/test-app';
import { until } from '../support/until';

/** A lease that a killed node held is claimed by another node after 30 s. */
const LEASE_MS = 60_000;

beforeAll(buildProgram, 120_000);

describe.each(DIALECTS)('a code whose server is killed, on %s,', (dialect) => {
  let database: TestDatabase;
  let sens: FakeSens;
  let server: ServerProcess;
  let output = '';

  const start = () =>
    ServerProcess.start({
      cwd: '/',
      env: {
        ...sens.alimtalkEnvironment,
        DATABASE_URL: database.url,
        INJEUNG_SECRET: 'the master secret of the test suite is long enough',
        ADMIN_API_KEYS: ADMIN_KEY,
        SMS_PROVIDER: 'sens-alimtalk,sens',
        SMS_CODE_LENGTH: '10',
        LOG_LEVEL: 'trace',
      },
    });
  beforeEach(async () => {
    database = await createDatabase(dialect);
    sens = await FakeSens.start();
    server = await start();
    await sens.waitForCalls(1, /templates/);
  });
  afterEach(async () => {
    output += server.stdout + server.stderr;
    server.kill();
    await server.endsWithin(5_000);
    const texts = [...sens.messages, ...sens.alimtalk.messages].map(({ content }) => content);
    for (const secret of [...texts.map(codeIn), '1055550001', '1055550002'])
      expect(output).not.toContain(secret);
    await sens.close();
    await database.drop();
  });

  const request = async (number: string): Promise<string> => {
    const input = `input: { phoneNumber: "${number}" }`;
    return (await server.gql(`mutation { requestSmsCode(${input}) { id } }`)).data.requestSmsCode.id;
  };
  const rows = <Row>(sql: string) => readRows<Row>(database.url, sql);
  /** Kills the server in the middle of whatever it does, and starts it again. */
  async function restart(): Promise<void> {
    server.kill();
    await server.endsWithin(5_000);
    output += server.stdout + server.stderr;
    server = await start();
  }
  /** Waits until the code has arrived, and returns its sends as operators see them. */
  async function arrived(id: string): Promise<string[]> {
    await until(async () => {
      const { data } = await server.gql(`{ verification(id: "${id}") { delivery { status } } }`);
      return data.verification.delivery.status === 'DELIVERED' || null;
    }, LEASE_MS);
    const document = '{ deliveries { edges { node { verificationId sends { provider result } } } } }';
    const { data } = await server.gql(document, { authorization: `Bearer ${ADMIN_KEY}` });
    const { node } = data.deliveries.edges.find((edge: any) => edge.node.verificationId === id);
    return node.sends.map(({ provider, result }: any) => `${provider} ${result}`);
  }
  const codesFor = (number: string) =>
    [...sens.alimtalk.messages, ...sens.messages].filter(({ to }) => to === number).map(codeOf);

  it('after Alimtalk accepted it and before its result, goes on to SENS with the same code', async () => {
    sens.alimtalk.results.set('01055550001', [NEVER]);
    const id = await request('01055550001');
    await until(async () => {
      const [row] = await rows<{ status: string }>('SELECT status FROM delivery');
      return row?.status === 'SENT' || null;
    });
    await restart();
    sens.alimtalk.results.set('01055550001', ['3018']);
    expect(await arrived(id)).toEqual(['sens-alimtalk NOT_DELIVERED', 'sens DELIVERED']);
    const [code, again, ...more] = codesFor('01055550001');
    expect([again, more]).toEqual([code, []]);
  }, 90_000);

  it('after it moved on and before SENS was called, is sent by SENS once with the same code', async () => {
    // SENS asks for a pause after the first code, so the second one waits for its turn.
    sens.alimtalk.requestResults.set('01055550001', ['3019']);
    sens.answerAlways(({ target }) =>
      target.startsWith('/sms') ? { status: 429, headers: { 'retry-after': '15' } } : null,
    );
    const first = await request('01055550001');
    await sens.waitForCalls(1, /^POST \/sms/);
    sens.answerAlways(null);
    sens.alimtalk.results.set('01055550002', ['3018']);
    const second = await request('01055550002');
    await until(async () => {
      const moved = await rows(`SELECT number FROM send WHERE result = 'NOT_DELIVERED'`);
      return moved.length === 1 || null;
    });
    expect(sens.messages).toEqual([]);
    await restart();
    expect(await arrived(second)).toEqual(['sens-alimtalk NOT_DELIVERED', 'sens DELIVERED']);
    expect(await arrived(first)).toEqual(['sens-alimtalk REFUSED', 'sens TEMPORARY_ERROR', 'sens DELIVERED']);
    expect(sens.messages.map(({ to }) => to).sort()).toEqual(['01055550001', '01055550002']);
    expect(new Set(codesFor('01055550002')).size).toBe(1);
  }, 90_000);

  it('while the answer of SENS is outstanding, arrives once whether SENS has taken it or not', async () => {
    for (const number of ['01055550001', '01055550002']) sens.alimtalk.requestResults.set(number, ['3019']);
    sens.answerAlways(({ target, body }) => {
      if (!target.startsWith('/sms')) return null;
      return body.includes('01055550001') ? { answerDelayMs: 120_000 } : { drop: 'before', delayMs: 120_000 };
    });
    const taken = await request('01055550001');
    const lost = await request('01055550002');
    await sens.waitForCalls(2, /^POST \/sms/);
    await sens.waitForMessages(1);
    await restart();
    sens.answerAlways(null);
    expect(await arrived(taken)).toEqual(['sens-alimtalk REFUSED', 'sens DELIVERED']);
    expect(await arrived(lost)).toEqual(['sens-alimtalk REFUSED', 'sens DELIVERED']);
    expect(sens.messages.map(({ to }) => to)).toEqual(['01055550001', '01055550002']);
    expect(new Set(codesFor('01055550002')).size).toBe(1);
  }, 90_000);
});

const codeIn = (text: string): string => /(?<!\d)\d{10}(?!\d)/.exec(text)![0];
const codeOf = ({ content }: { content: string }): string => codeIn(content);
