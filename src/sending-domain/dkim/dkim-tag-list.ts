/** A DKIM tag list, read. Names and values keep their case: both tell it apart. */
export interface TagList {
  tags: ReadonlyMap<string, string>;
  /** The tags' names in the order they stand in. */
  order: readonly string[];
  /** What breaks the grammar; a verifier ignores a list with any of these. */
  faults: readonly string[];
}

/**
 * Reads a tag list by RFC 6376, section 3.2: `name=value` parted by semicolons, one more allowed at the end, white
 * space around names and values ignored and inside values kept, no name twice.
 */
export function parseTagList(text: string): TagList {
  const tags = new Map<string, string>();
  const faults: string[] = [];
  const specs = text.split(';');
  if (specs.length > 1 && specs.at(-1)!.trim() === '') specs.pop();

  for (const spec of specs) {
    const [start, name] = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=/.exec(spec) ?? [];
    // Trimmed by hand: an expression that trims takes quadratic time over a value that is all blanks.
    const value = spec.slice(start?.length).trim();
    if (name === undefined) faults.push('a part is not of the form tag=value');
    else if (tags.has(name)) faults.push(`the tag ${name}= appears twice`);
    else if (/[^\x20-\x7e\t\r\n]/.test(value))
      faults.push(`the tag ${name}= contains characters outside ASCII`);
    else tags.set(name, value);
  }
  return { tags, order: [...tags.keys()], faults };
}

/** Removes the folding white space that RFC 6376, section 2.10, allows inside base64 values. */
export function withoutBlanks(value: string): string {
  return value.replace(/[ \t\r\n]+/g, '');
}
