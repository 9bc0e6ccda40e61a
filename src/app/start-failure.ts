import { DatabaseFault } from '../database/database-fault';
import { WrongSecret } from '../keyring/keyring';

/** The server cannot start. The message names the setting concerned and says what to do. */
export class StartFailure extends Error {
  /** @param setting the environment variable to check, or several: `HOST, PORT`. */
  constructor(
    readonly setting: string,
    explanation: string,
    cause?: unknown,
  ) {
    super(`${setting}: ${explanation}`, { cause });
    this.name = 'StartFailure';
  }
}

/** Runs a step of the start. If the step fails, the error names the setting that it depends on. */
export async function dependingOn<T>(
  setting: string,
  explain: (error: unknown) => string,
  step: () => Promise<T> | T,
): Promise<T> {
  try {
    return await step();
  } catch (error) {
    // These errors already name their setting.
    if ([StartFailure, DatabaseFault, WrongSecret].some((type) => error instanceof type)) throw error;
    throw new StartFailure(setting, explain(error), error);
  }
}
