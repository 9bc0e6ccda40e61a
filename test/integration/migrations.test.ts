import { DataSource } from 'typeorm';
import { SCHEMA } from '../../src/app/schema';
import { dataSourceOptions } from '../../src/database/data-source';
import { createDatabase, DIALECTS, openDatabase, type TestDatabase } from '../support/databases';
import { TestApp } from '../support/test-app';

describe.each(DIALECTS)('migrations, on %s', (dialect) => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeEach(async () => {
    database = await createDatabase(dialect);
    dataSource = await new DataSource(dataSourceOptions(database.url, SCHEMA)).initialize();
  });
  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('create the tables that the entities declare', async () => {
    await dataSource.runMigrations();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('of a newer version prevent the start, and the message names them', async () => {
    await dataSource.runMigrations();
    await dataSource.query(`INSERT INTO migrations (timestamp, name) VALUES (9, 'FromTheFuture9')`);
    const newer =
      /^DATABASE_URL: .* was changed by a newer version of Injeung \(FromTheFuture9\); start that version or a newer one, or restore a backup/;
    await expect(openDatabase(database.url)).rejects.toThrow(newer);
    // A refused start leaves no lock and changes nothing.
    await dataSource.query(`DELETE FROM migrations WHERE name = 'FromTheFuture9'`);
    const reopened = await openDatabase(database.url);
    await reopened.close();
  });

  it('can be reverted to an empty database and run again', async () => {
    await dataSource.runMigrations();
    for (let left = dataSource.migrations.length; left > 0; left--) await dataSource.undoLastMigration();
    const runner = dataSource.createQueryRunner();
    for (const { tableName } of dataSource.entityMetadatas)
      expect(await runner.hasTable(tableName)).toBe(false);
    await runner.release();
    await dataSource.runMigrations();
  });
});

if (DIALECTS.includes('postgres')) {
  it('run once when nodes start together, and the nodes use the same keys', async () => {
    const first = await TestApp.start('postgres');
    const others = await Promise.all([1, 2, 3].map(() => first.another()));
    const { id } = (await first.requestEmail('nodes@example.com')).data.requestEmailCode;
    const code = await others[0]!.codeFor('nodes@example.com');
    expect((await others[1]!.verify(id, code)).data.verifyCode.verified).toBe(true);
    for (const app of [...others, first]) await app.close();
  });

  it('run once when nodes start together on an empty database', async () => {
    const database = await createDatabase('postgres');
    const nodes = await Promise.all([1, 2, 3].map(() => TestApp.on(database)));
    const { id } = (await nodes[0]!.requestEmail('empty@example.com')).data.requestEmailCode;
    const code = await nodes[1]!.codeFor('empty@example.com');
    expect((await nodes[2]!.verify(id, code)).data.verifyCode.verified).toBe(true);
    for (const node of nodes) await node.stop();
    await database.drop();
  });
}
