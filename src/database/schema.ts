import { type MigrationInterface } from 'typeorm';

/**
 * The tables of the program, which src/app/schema.ts lists: each feature declares its own entities, and this folder
 * knows no feature.
 */
export interface Schema {
  entities: readonly (new () => object)[];
  /** In the order in which they are applied. */
  migrations: readonly (new () => MigrationInterface)[];
}

/** The names that applied migrations have in the table `migrations`. */
export function migrationNames({ migrations }: Schema): string[] {
  return migrations.map(({ name }) => name);
}

/** The options of a TypeORM data source that concern the schema. */
export function schemaOptions({ entities, migrations }: Schema) {
  return { entities: [...entities], migrations: [...migrations], synchronize: false, logging: false };
}
