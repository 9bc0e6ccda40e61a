/** The n-th way to write one Gmail mailbox: dots anywhere, a tag, capitals, and the second domain. */
export function gmailSpelling(mailbox: string, n: number): string {
  const dotted = [...mailbox]
    .map((character, at) => (at > 0 && (n >> at) & 1 ? `.${character}` : character))
    .join('');
  const local = n % 3 === 0 ? dotted.toUpperCase() : dotted;
  return `${local}${n % 5 === 0 ? `+${n}` : ''}@${n % 2 === 0 ? 'gmail.com' : 'GoogleMail.com'}`;
}
