import { readDomainName } from './domain-name';
import { cleanText, TextFault } from './typed-text';

/** Longer text is refused unread. */
const MAX_TYPED_CHARACTERS = 1_000;
/** RFC 5321, section 4.5.3.1, with erratum 1690. */
const MAX_LOCAL_PART_CHARACTERS = 64;
const MAX_CHARACTERS = 254;

/** The dot-atom of RFC 5322: ASCII without quotes and blanks, and no dot at an end or beside another dot. */
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;

/**
 * Returns the canonical form of an e-mail address: the domain in lower-case ASCII (IDN as punycode), the local part as
 * typed. Quoted local parts and IP addresses in place of a domain are valid in SMTP and refused here, because no mail
 * provider assigns such addresses.
 *
 * @throws TextFault INVALID_EMAIL, INVALID_CHARACTERS, UNSUPPORTED_EMAIL or TOO_LONG.
 */
export function readEmailAddress(typed: string): string {
  if (typed.length > MAX_TYPED_CHARACTERS) throw tooLong();
  const text = cleanText(typed);
  if (/\s/.test(text)) {
    throw new TextFault(
      'INVALID_CHARACTERS',
      'must be one e-mail address, without spaces or line breaks inside',
    );
  }
  if (/\p{Cc}/u.test(text)) throw new TextFault('INVALID_CHARACTERS', 'must not contain control characters');
  const [local = '', domain, ...more] = text.split('@');
  if (domain === undefined || more.length > 0) {
    throw new TextFault('INVALID_EMAIL', 'must be an e-mail address with one @, such as user@example.com');
  }
  return join(readLocalPart(local), domain);
}

function readLocalPart(local: string): string {
  if (/[^\x00-\x7f]/.test(local)) {
    throw new TextFault('UNSUPPORTED_EMAIL', 'must have only ASCII characters before the @');
  }
  if (local.length > MAX_LOCAL_PART_CHARACTERS) {
    throw new TextFault('TOO_LONG', `must have at most ${MAX_LOCAL_PART_CHARACTERS} characters before the @`);
  }
  if (LOCAL_PART.test(local)) return local;
  throw new TextFault(
    'INVALID_EMAIL',
    'must be an e-mail address: letters, digits, single inner dots and signs such as - _ + before the @',
  );
}

function join(local: string, typedDomain: string): string {
  const address = `${local}@${readDomainOf(typedDomain)}`;
  if (address.length > MAX_CHARACTERS) throw tooLong();
  return address;
}

/** Unlike a domain name alone, the domain of an address must not end in a dot (RFC 5321, section 4.1.2). */
function readDomainOf(typed: string): string {
  try {
    if (!/[.\u3002\uff61]$/.test(typed)) return readDomainName(typed);
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
  }
  throw new TextFault('INVALID_EMAIL', 'must have a domain name after the @, such as example.com');
}

function tooLong(): TextFault {
  return new TextFault('TOO_LONG', `must have at most ${MAX_CHARACTERS} characters`);
}
