import { type MigrationInterface } from 'typeorm';

/**
 * The tables of the program. src/app/schema.ts lists them, because each feature declares its own entities and this
 * folder must not import from features.
 */
export interface Schema {
  entities: readonly (new () => object)[];
  /** The migrations, in the order in which they are applied. */
  migrations: readonly (new () => MigrationInterface)[];
}

/** The names of the migrations, as in the table `migrations`. */
export function migrationNames({ migrations }: Schema): string[] {
  return migrations.map(({ name }) => name);
}

/** TypeORM's options for the schema. */
export function schemaOptions({ entities, migrations }: Schema) {
  return { entities: [...entities], migrations: [...migrations], synchronize: false, logging: false };
}
