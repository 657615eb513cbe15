import { CREATE_PIECES, DROP_PIECES, isTooLong, shortenStatement } from './shorten-statement.ts';
import { statementsOf } from './statement-splitter.ts';

const CREATES = [
  ['table', /^CREATE\s+TABLE\b/i],
  ['index', /^CREATE\s+(UNIQUE\s+)?INDEX\b/i],
  ['view', /^CREATE\s+VIEW\b/i],
  ['trigger', /^CREATE\s+TRIGGER\b/i],
  ['pragma', /^PRAGMA\b/i],
] as const;
type Part = (typeof CREATES)[number][0] | 'row';

/**
 * D1's dump of a database as statements that restore it, in D1 and in any SQLite: all tables before the first row, for a row
 * may refer to a table that D1 names after it; no statement over 100 KB, which D1 would not take; indexes after the rows; views
 * before the triggers on them, and both after everything. Two dumps of equal databases give equal statements.
 *
 * The dump is read twice, so that no more than its schema and one row is ever kept. Error: `EXPORT_NOT_RESTORABLE`.
 */
export async function* restorableDump(
  openDump: () => Promise<ReadableStream<Uint8Array>>,
): AsyncGenerator<string> {
  yield 'PRAGMA defer_foreign_keys=TRUE;';
  for await (const statement of statementsOf(await openDump())) {
    if (partOf(statement) === 'table') yield statement;
  }
  const last: Record<'index' | 'view' | 'trigger', string[]> = { index: [], view: [], trigger: [] };
  let hasPieces = false;
  for await (const statement of statementsOf(await openDump())) {
    const part = partOf(statement);
    if (part === 'table' || part === 'pragma') continue;
    if (part !== 'row') last[part].push(statement);
    else if (isTooLong(statement)) {
      if (!hasPieces) yield CREATE_PIECES;
      hasPieces = true;
      yield* shortenStatement(statement);
    } else yield statement;
  }
  if (hasPieces) yield DROP_PIECES;
  yield* [...last.index, ...last.view, ...last.trigger];
}

/** Everything that is not schema fills tables: rows, and what SQLite counts and measures in tables of its own. */
function partOf(statement: string): Part {
  return CREATES.find(([, pattern]) => pattern.test(statement))?.[0] ?? 'row';
}
