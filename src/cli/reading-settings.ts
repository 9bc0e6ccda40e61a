import { SettingsFault } from '../config/settings-fault';
import { WrongSecret } from '../keyring/keyring';
import { Misuse } from './misuse';

/** Runs work that reads the settings, and reports settings that cannot be used as misuse. */
export async function readingSettings<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SettingsFault)
      throw new Misuse(`these settings cannot be used:\n${error.message.replace(/^/gm, '  ')}`);
    if (error instanceof WrongSecret) throw new Misuse(error.message);
    throw error;
  }
}
