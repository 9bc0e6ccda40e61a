import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/database/data-source';

/** The TypeORM command line's way in: `npx typeorm -d dist/ormconfig.js migration:show`. */
export default new DataSource(dataSourceOptions(process.env.DATABASE_URL ?? 'sqlite:data/injeung.sqlite'));
