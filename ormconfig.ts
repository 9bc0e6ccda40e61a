import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { SCHEMA } from './src/app/schema';
import { loadEnvironmentFile } from './src/config/environment-file';
import { dataSourceOptions } from './src/database/data-source';

loadEnvironmentFile(process.cwd(), process.env);

/** For TypeORM's own command line, such as `npx typeorm -d dist/ormconfig.js migration:show`. */
export default new DataSource(
  dataSourceOptions(process.env.DATABASE_URL ?? 'sqlite:data/injeung.sqlite', SCHEMA),
);
