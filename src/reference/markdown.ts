/** A table in Prettier's format. Cells must be ASCII, because their width is counted in characters. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** An entry of a table of contents, linked to the heading with the same text. */
export function contentsEntry(heading: string): string {
  return `- [${heading}](#${headingAnchor(heading)})`;
}

/** The anchor that GitHub gives a heading, if no earlier heading has the same text. */
export function headingAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .replace(/\s/g, '-');
}
