/**
 * Splits SQL at the semicolons that end a statement: not those inside strings, quoted identifiers, comments,
 * `CREATE TRIGGER ... BEGIN ... END` or `CASE ... END`. Statements come back trimmed, without the semicolon; those that
 * hold nothing but comments and space are left out. An unterminated quote or comment runs to the end of the text.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let start = 0;
  let words: string[] = [];
  let depth = 0;
  let hasContent = false;
  const finish = (end: number) => {
    if (hasContent) statements.push(sql.slice(start, end).trim());
    words = [];
    depth = 0;
    hasContent = false;
  };
  for (const token of tokens(sql)) {
    if (token.kind === 'semicolon') {
      if (depth > 0) continue;
      finish(token.start);
      start = token.end;
      continue;
    }
    if (token.kind === 'comment') continue;
    hasContent = true;
    if (token.kind !== 'word') {
      if (words.length < TRIGGER_HEAD_WORDS) words.push('');
      continue;
    }
    const word = sql.slice(token.start, token.end).toUpperCase();
    if (words.length < TRIGGER_HEAD_WORDS) words.push(word);
    const isColumn = sql[token.start - 1] === '.';
    if (!isColumn && isTrigger(words)) depth = nextDepth(depth, word);
  }
  finish(sql.length);
  return statements;
}

/** `CREATE [TEMP|TEMPORARY] TRIGGER` is decided by the first three words; outside a trigger no semicolon nests. */
const TRIGGER_HEAD_WORDS = 3;

function isTrigger([first, second, third]: string[]): boolean {
  if (first !== 'CREATE') return false;
  return second === 'TRIGGER' || ((second === 'TEMP' || second === 'TEMPORARY') && third === 'TRIGGER');
}

/** In a trigger, `BEGIN` opens the body once; inside it, and in a WHEN clause before it, `CASE` opens and `END` closes. */
function nextDepth(depth: number, word: string): number {
  if (word === 'CASE') return depth + 1;
  if (word === 'BEGIN') return depth + 1;
  if (word === 'END') return Math.max(0, depth - 1);
  return depth;
}

interface Token {
  kind: 'semicolon' | 'comment' | 'word' | 'other';
  start: number;
  end: number;
}

/** A doubled quote inside a quoted text reads as two texts side by side, which ends at the same place. */
const TOKEN =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<quoted>'[^']*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$))|(?<semicolon>;)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<other>[^\s])/gu;

function* tokens(sql: string): Generator<Token> {
  for (const match of sql.matchAll(TOKEN)) {
    const { comment, semicolon, word } = match.groups ?? {};
    const kind =
      comment !== undefined
        ? 'comment'
        : semicolon !== undefined
          ? 'semicolon'
          : word !== undefined
            ? 'word'
            : 'other';
    yield { kind, start: match.index, end: match.index + match[0].length };
  }
}
