/** What SQLite takes as one unit: white space, a comment, a quoted text or name, a word, or a single character. */
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\w+|[\s\S]/g;
const CREATE_TRIGGER = /^CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\b/i;

/**
 * The statements of an SQL text, each without its closing semicolon and without the comments between statements.
 * Semicolons inside quotes, comments and the body of a trigger do not end a statement.
 */
export function splitStatements(sql: string): string[] {
  const statements: string[] = [];
  let statement = '';
  let depth = 0;
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ';' && depth === 0) {
      if (statement.trim()) statements.push(statement.trim());
      statement = '';
      continue;
    }
    if (statement === '' && isBetweenStatements(token)) continue;
    if (CREATE_TRIGGER.test(statement)) depth += nesting(token);
    statement += token;
  }
  if (statement.trim()) statements.push(statement.trim());
  return statements;
}

function isBetweenStatements(token: string): boolean {
  return /^\s/.test(token) || token.startsWith('--') || token.startsWith('/*');
}

/** `BEGIN … END` around a trigger's body and `CASE … END` inside it. */
function nesting(token: string): -1 | 0 | 1 {
  const word = token.toUpperCase();
  if (word === 'BEGIN' || word === 'CASE') return 1;
  return word === 'END' ? -1 : 0;
}
