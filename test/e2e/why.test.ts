import { spawnSync } from 'node:child_process';
import { DIALECTS } from '../support/databases';
import { buildProgram, ServerProcess } from '../support/server-process';
import { TestApp } from '../support/test-app';

const USER = 'user@example.com';
const SECRET = 'the master secret of the test suite is long enough';

beforeAll(buildProgram, 120_000);

describe.each(DIALECTS)('npx injeung why, on %s', (dialect) => {
  let app: TestApp;
  let id: string;

  beforeAll(async () => {
    app = await TestApp.start(dialect);
    id = (await app.requestEmail(USER)).data.requestEmailCode.id;
    await app.delivered(id);
  });
  afterAll(() => app.close());

  const why = (...args: string[]) =>
    spawnSync(process.execPath, [ServerProcess.program, 'why', ...args], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, DATABASE_URL: app.database.url, INJEUNG_SECRET: SECRET },
    });

  it('answers beside a running server, with the cause on the first line and at most one screen', async () => {
    for (const subject of [USER, 'USER@example.com', id]) {
      const { status, stdout, stderr } = why(subject);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines[0]).toMatch(/^ARRIVED: inbox reported that the message arrived/);
      expect(lines[1]).toMatch(/^Next step: /);
      expect(lines.length).toBeLessThanOrEqual(24);
      expect(stdout).not.toContain(USER);
    }
    expect((await app.requestEmail('other@example.com')).errors).toBeUndefined();
  });

  it('prints JSON, and is recorded in the audit log', async () => {
    const { stdout } = why(USER, '--json', '--all');
    expect(JSON.parse(stdout)).toMatchObject({
      cause: 'ARRIVED',
      recipient: 'u***@example.com',
      timeline: expect.arrayContaining([expect.objectContaining({ kind: 'REQUEST', verificationId: id })]),
    });
    const { data } = await app.admin('{ auditLog { edges { node { actor action } } } }');
    expect(data.auditLog.edges.map(({ node }: any) => node)).toContainEqual({ actor: 'cli', action: 'why' });
  });

  it('says what is wrong with an address or with the settings, with exit status 2', () => {
    expect(why('no@address@here')).toMatchObject({ status: 2, stdout: '' });
    expect(why()).toMatchObject({ status: 2 });
    const { status, stderr } = spawnSync(process.execPath, [ServerProcess.program, 'why', USER], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: app.database.url,
        INJEUNG_SECRET: `${SECRET} but another`,
      },
    });
    expect(status).toBe(2);
    expect(stderr).toContain('INJEUNG_SECRET');
  });
});

it('npx injeung why says that a database has no tables yet', () => {
  const { status, stderr } = spawnSync(process.execPath, [ServerProcess.program, 'why', USER], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: 'sqlite:/dev/shm/injeung-none/none.sqlite',
      INJEUNG_SECRET: SECRET,
    },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('start the server of this version once');
});
