/** Who e-mail comes from; `name` may be any text, `address` is canonical. */
export interface Mailbox {
  name: string | null;
  address: string;
}

/** What the e-mail providers share. */
export interface Sender {
  from: Mailbox;
  replyTo: string | null;
}

/**
 * A From header's value: a name outside ASCII as an encoded word (RFC 2047), one with specials quoted (RFC 5322,
 * section 3.2.4).
 */
export function formatMailbox({ name, address }: Mailbox): string {
  if (name === null) return address;
  if (/^[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+$/.test(name)) return `${name} <${address}>`;

  if (/^[\x20-\x7e]+$/.test(name)) return `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
  return `${encodedWords(name)} <${address}>`;
}

/** An encoded word is at most 75 characters; a character's bytes must not be torn apart between two. */
function encodedWords(text: string): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character) > 45) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((one) => `=?UTF-8?B?${Buffer.from(one).toString('base64')}?=`).join(' ');
}
