import { isWebhookSecret } from '../shared/standard-webhooks';
import { list, readEntries, text } from './kinds';
import { type About, Fault, type Setting } from './setting';

/** A key that callers send as `Authorization: Bearer <key>`. */
export interface AccessKey {
  /** The name of its holder in the audit log; null for a key without a name. */
  name: string | null;
  key: string;
}

const MIN_SECRET_CHARACTERS = 32;
const MIN_KEY_CHARACTERS = 24;
/** A secret with fewer different characters is easy to find, whatever its length ("aaaa...", "abab..."). */
const MIN_DIFFERENT_CHARACTERS = 5;
/** The characters that a header transmits without encoding, so that both sides compare the same text. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const NAME = /^[a-z0-9-]{1,32}$/;
/** Names that the audit log uses otherwise: for the server, for commands, and for keys without a name. */
const TAKEN = /^(server|cli|[0-9a-f]{12})$/;

/** A key, id or secret of an account at a provider, which becomes part of a header or a signature. */
export function credential(
  about: About & { default: string; secret?: boolean; verbatim?: boolean },
): Setting<string>;
export function credential(about: About & { secret?: boolean; verbatim?: boolean }): Setting<string | null>;
export function credential(
  about: About & { default?: string; secret?: boolean; verbatim?: boolean },
): Setting<string | null> {
  return text({
    ...about,
    pattern: VISIBLE_ASCII,
    patternMessage: 'must consist of visible ASCII characters without blanks',
  });
}

/** A list of secrets that never leave this server. */
export function secrets(about: About & { defaultText: string }): Setting<readonly string[]> {
  return list({
    ...about,
    form: `secrets of at least ${MIN_SECRET_CHARACTERS} characters`,
    default: [],
    secret: true,
    entry: (secret) => lengthFault(secret, MIN_SECRET_CHARACTERS) ?? secret,
  });
}

/** A list of secrets that sign calls by Standard Webhooks; several while one is being replaced. */
export function webhookSecrets(about: About): Setting<readonly string[]> {
  return list({
    ...about,
    form: '`whsec_` and the base64 of 24 to 64 bytes',
    default: [],
    secret: true,
    entry: (secret) =>
      isWebhookSecret(secret)
        ? secret
        : new Fault(
            'each must be whsec_ and the base64 of 24 to 64 bytes, such as `openssl rand -base64 32`',
          ),
  });
}

/** A list of bearer keys. With `named`, an entry may be `name:key`. */
export function accessKeys(
  about: About & { defaultText: string; named?: boolean },
): Setting<readonly AccessKey[]> {
  const { named = false } = about;
  return {
    ...about,
    form: `list: keys of at least ${MIN_KEY_CHARACTERS} characters${named ? ', or `name:key`' : ''}`,
    default: [],
    secret: true,
    parse: (given) => {
      const keys = readEntries(given, named ? readNamedKey : readKey);
      return keys instanceof Fault ? keys : (repetition(keys) ?? keys);
    },
  };
}

/** The name is the part before the first colon, so a key that contains a colon must have a name. */
function readNamedKey(entry: string): AccessKey | Fault {
  const colon = entry.indexOf(':');
  if (colon < 0) return readKey(entry);
  const name = entry.slice(0, colon);
  if (!NAME.test(name))
    return new Fault(
      'what is before the colon must be a name of 1 to 32 characters a-z, 0-9 and hyphen (a key that contains a colon needs a name: name:key)',
    );
  if (TAKEN.test(name)) return new Fault('a name must not be server, cli or 12 hexadecimal digits');
  const key = readKey(entry.slice(colon + 1).trim());
  return key instanceof Fault ? key : { ...key, name };
}

function readKey(key: string): AccessKey | Fault {
  if (!VISIBLE_ASCII.test(key))
    return new Fault('each key must consist of visible ASCII characters without blanks');
  return lengthFault(key, MIN_KEY_CHARACTERS) ?? { name: null, key };
}

function lengthFault(secret: string, characters: number): Fault | null {
  if (secret.length < characters) return new Fault(`each must be at least ${characters} characters long`);
  if (new Set(secret).size >= MIN_DIFFERENT_CHARACTERS) return null;
  return new Fault(`each must have at least ${MIN_DIFFERENT_CHARACTERS} different characters`);
}

function repetition(keys: readonly AccessKey[]): Fault | null {
  const names = keys.flatMap(({ name }) => name ?? []);
  if (new Set(keys.map(({ key }) => key)).size < keys.length) return new Fault('contains a key twice');
  return new Set(names).size < names.length ? new Fault('contains a name twice') : null;
}
