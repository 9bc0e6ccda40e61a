import { type ServerProcess } from '../processes/server-process';
import { type BenchDatabase } from './databases';

/**
 * Ends the processes of a contender and deletes its database, whatever happened to the processes.
 *
 * @throws Error when one of the processes had ended by itself.
 */
export async function end(processes: readonly ServerProcess[], database: BenchDatabase): Promise<void> {
  const ended = await Promise.allSettled(processes.map((server) => server.stop()));
  await database.drop();
  for (const one of ended) if (one.status === 'rejected') throw one.reason as Error;
}
