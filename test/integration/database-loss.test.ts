import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { createDatabase, DIALECTS } from '../support/databases';
import { TestApp } from '../support/test-app';
import { until } from '../support/until';

const onPostgres = DIALECTS.includes('postgres') ? describe : describe.skip;

onPostgres('PostgreSQL cutting every connection', () => {
  it('costs the requests under way a clear error at most, and the server goes on by itself', async () => {
    const database = await createDatabase('postgres');
    const name = `injeung-${randomUUID()}`;
    const app = await TestApp.on({ ...database, url: `${database.url}&application_name=${name}` });
    await app.requestEmail('before@example.com');
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`;
    expect((await admin.query(cut, [name])).rowCount).toBeGreaterThan(0);
    await admin.end();
    const answer = await until(async () => {
      const { data, errors } = await app.requestEmail('after@example.com');
      if (errors)
        expect(errors[0]!.extensions).toMatchObject({ code: 'CHANNEL_UNAVAILABLE', retryAfterSeconds: 5 });
      return data?.requestEmailCode ?? null;
    });
    await app.delivered(answer.id);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    await app.close();
    await database.drop();
  });
});
