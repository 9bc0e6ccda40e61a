import { Lexer, LineCounter, type Node, parseDocument, type ParsedNode } from 'yaml';

/** A file without syntax errors. */
export interface ParsedFile {
  /** Null for a file without content. */
  contents: ParsedNode | null;
  /** The line on which a node begins; null for a node that is not in the file. */
  lineOf(node: Node | null): number | null;
}

/** Lists and maps within each other. A purposes file needs four; a parser of any file would run out of stack. */
const MAX_DEPTH = 20;

/**
 * Parses a file in YAML, of which JSON is a part. Keys that occur twice are not reported.
 *
 * @returns the file, or a message for each syntax error.
 */
export function parseFile(text: string): ParsedFile | readonly string[] {
  if (depthOf(text) > MAX_DEPTH) return [`must have at most ${MAX_DEPTH} lists and maps within each other`];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const errors = [...document.errors, ...document.warnings];
  if (errors.length > 0)
    return errors.map(({ message, pos }) => `is not valid YAML: ${message} (line ${lineAt(pos[0])})`);
  return { contents: document.contents, lineOf: (node) => (node?.range ? lineAt(node.range[0]) : null) };
}

/**
 * How many lists and maps are within each other, at most. Indentation is not counted, because a file of limited size
 * cannot have much of it.
 */
function depthOf(text: string): number {
  let deepest = 0;
  let brackets = 0;
  let indicatorsOfLine = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') brackets++;
    else if (token === ']' || token === '}') brackets--;
    else if (token === '-' || token === '?') indicatorsOfLine++;
    else if (token.includes('\n')) indicatorsOfLine = 0;
    deepest = Math.max(deepest, brackets + indicatorsOfLine);
  }
  return deepest;
}
