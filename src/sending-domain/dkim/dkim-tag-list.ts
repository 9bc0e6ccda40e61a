/** A parsed DKIM tag list. Names and values keep their case, because both are case-sensitive. */
export interface TagList {
  tags: ReadonlyMap<string, string>;
  /** The names of the tags in their order. */
  order: readonly string[];
  /** Breaches of the grammar. A verifier ignores a list with any of these. */
  faults: readonly string[];
}

/**
 * Parses a tag list by RFC 6376, section 3.2: `name=value` separated by semicolons, one of which may be at
 * the end. White space around names and values is ignored, inside values it is kept. A name may occur once.
 */
export function parseTagList(text: string): TagList {
  const tags = new Map<string, string>();
  const faults: string[] = [];
  const specs = text.split(';');
  if (specs.length > 1 && specs.at(-1)!.trim() === '') specs.pop();

  for (const spec of specs) {
    const [start, name] = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*=/.exec(spec) ?? [];
    // Trimmed without an expression, which would take quadratic time for a value of many spaces.
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
