'use strict';
// Finds phrases that this project does not use, in comments, texts and Markdown: part of `npm run lint`.
//
// Each phrase has a reason and a replacement. Code in backticks and in fenced blocks is not prose, so it is not
// checked. The spelling is checked by cspell.
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const ts = require('typescript');

const LITERAL = 'is not how English describes a computer';
const METAPHOR = 'a metaphor; the glossary has the term';
/** Pattern, reason, replacement. */
const PHRASES = [
  [/\b(stands?|stood|standing)\b(?!-)/i, LITERAL, 'be, exist, be stored'],
  [/\b(lies|lying)\b/i, LITERAL, 'be, be stored'],
  [/\b(tells?|told)\b(?! apart)/i, LITERAL, 'report, return, say, inform'],
  [/\bwant(s|ed)?\b/i, LITERAL, 'require, need, expect'],
  [/\blook(s|ed)? (whether|at|after|into)\b/i, LITERAL, 'check, query, read'],
  [/\b(bears?|fares?)\b/i, LITERAL, 'tolerate; proceed'],
  [/\bhand(s|ed|ing)?[- ]over\b|\bhanded to\b/i, LITERAL, 'send, give, pass'],
  [/\b(is|are|was|were|can be) had\b/i, LITERAL, 'be obtained, be available'],
  [
    /(?<!\bthere )\b(is|are|was|were) no (?!longer\b|more than\b|\w+er than\b)\w/i,
    'a noun is negated',
    'is not a',
  ],
  [/\bno more than none\b|\bmore than none\b/i, 'a double negative', 'at least one'],
  [/\bthose (that|which|who|to|with)\b/i, 'the noun is missing', 'name the things'],
  [/\bby which\b/i, 'hard to follow', 'with which, or a new sentence'],
  [/\bof an? [\w-]+'s own\b|\ba [\w-]+'s own\b/i, 'hard to follow', 'its own, a separate'],
  [/\bgood (once|no more|for)\b/i, 'idiom', 'valid, accepted once'],
  [/\bmay grow\b/i, 'idiom', 'later versions may add values'],
  [/\b(no news|out of the house|of the house)\b/i, 'idiom', 'say what happens'],
  [/\btroubles?\b/i, 'vague', 'error, failure'],
  [/\bdoors?\b/i, METAPHOR, 'connection, provider'],
  [/\broom\b/i, METAPHOR, 'limit, capacity, space'],
  [/\bcrowds?\b/i, METAPHOR, 'shared limit'],
  [/\bbudgets?\b/i, METAPHOR, 'limit'],
  [/\btickets?\b/i, METAPHOR, 'verification, proof'],
  [/\b(a|one|each|every|more|no|of|the|wrong) guess(es)?\b/i, METAPHOR, 'attempt'],
  [
    /\b(a|an|one|each|every|the|another|last|first|next|more|failed|wrong|finished|of|two|three) (try|tries)\b/i,
    METAPHOR,
    'attempt, send',
  ],
  [/\bhonest\b/i, METAPHOR, 'legitimate'],
  [/\bpeople\b|\b(a|one|same|this) person\b/i, METAPHOR, 'recipient, user, reader'],
];

/** Files that need one of the phrases. */
const EXCEPTIONS = {
  'docs/glossary.md': 'lists the words that are not used',
  'tools/prose-check.js': 'lists the phrases',
};

const SQL = /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|WHERE|CREATE|RETURNING|NOT EXISTS)\b/;

/** The pieces of prose in a file, as `{ start, text }`. Code in them is replaced by as many other characters. */
function proseOf(path, source) {
  if (!/\.(ts|js|cjs|mjs)$/.test(path)) return [{ start: 0, text: withoutFences(source) }];
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const found = new Map();
  const visit = (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) {
      const text = node.getText(file).replace(/\$\{[^}]*\}/g, blank);
      if (!ts.isTaggedTemplateExpression(node.parent) && /\w+ [a-z]+ \w/.test(text) && !SQL.test(text))
        found.set(node.getStart(file), text.slice(1));
    }
    for (const range of ts.getLeadingCommentRanges(source, node.pos) ?? []) add(range);
    for (const range of ts.getTrailingCommentRanges(source, node.end) ?? []) add(range);
    for (const child of node.getChildren(file)) if (!ts.isJSDoc(child)) visit(child);
  };
  const add = ({ pos, end }) => found.set(pos, source.slice(pos, end));
  visit(file);
  return [...found].map(([start, text]) => ({ start, text: text.replace(/^ *(\*|\/\/)/gm, blank) }));
}

function withoutFences(markdown) {
  return markdown.replace(/^( *)```[^]*?^\1```/gm, blank).replace(/\]\([^)]*\)/g, blank);
}

/** As long as the text, so that positions remain. */
function blank(text) {
  return text.replace(/[^\n]/g, ' ');
}

function check(path) {
  const source = readFileSync(path, 'utf8');
  return proseOf(path, source).flatMap(({ start, text }) => {
    const prose = text.replace(/`[^`]*`/g, blank);
    return PHRASES.flatMap(([pattern, reason, instead]) => {
      // A phrase may continue on the next line.
      const phrase = new RegExp(pattern.source.replaceAll(' ', '\\s+'), 'gi');
      return [...prose.matchAll(phrase)].map(({ 0: found, index }) => {
        const line = source.slice(0, start + index).split('\n').length;
        return `${path}:${line}: "${found.replace(/\s+/g, ' ')}": ${reason}; write: ${instead}`;
      });
    });
  });
}

const paths = process.argv.length > 2 ? process.argv.slice(2) : trackedFiles();

function trackedFiles() {
  const files = execFileSync('git', ['ls-files', '*.md', '*.ts', '*.js', '*.cjs', '*.mjs', 'schema.graphql']);
  return files
    .toString()
    .split('\n')
    .filter((path) => path !== '');
}

const problems = paths.filter((path) => !(path in EXCEPTIONS)).flatMap(check);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exitCode = 1;
}
