import { expect, test } from 'vitest';
import { StatementSplitter, statementsOf } from './statement-splitter.ts';

const STATEMENTS = [
  `INSERT INTO t VALUES('a;b', 'it''s; "so"', X'3b');`,
  'CREATE TABLE "odd; ""name" (`a;b` TEXT, [c;d] TEXT); ',
  `CREATE TABLE commented (a, -- it's; so\n b /* ; ' */, c);`,
  `CREATE TRIGGER one AFTER INSERT ON t BEGIN
     SELECT CASE WHEN NEW.a = ';' THEN RAISE (ABORT, 'no; END;') END; -- END;
     DELETE FROM t; /* the end; */ END;`,
  `create temporary trigger two after insert on t begin select 1; end;`,
  `INSERT INTO "END" VALUES('𝄞 - / * --', 1-1, 4/2);`,
  'DELETE FROM sqlite_sequence;',
].map((statement) => statement.trim());

async function collect(statements: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const statement of statements) all.push(statement);
  return all;
}

/** Pieces of one length, cut without regard to anything. */
function split(text: string, length: number): string[] {
  const splitter = new StatementSplitter();
  const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
    text.slice(i * length, (i + 1) * length),
  );
  const whole = pieces.flatMap((piece) => splitter.push(piece));
  expect(splitter.rest()).toBe('');
  return whole;
}

test('parts statements at their own semicolons only, wherever the pieces are cut', () => {
  const text = STATEMENTS.join('\n');
  for (const length of [text.length, 1, 2, 3, 5, 7, 11, 64]) expect(split(text, length)).toEqual(STATEMENTS);
});

test('gives the last statement of a file a semicolon where it has none', async () => {
  const file = new Blob(['SELECT 1; SELECT 2\n']).stream();
  expect(await collect(statementsOf(file))).toEqual(['SELECT 1;', 'SELECT 2;']);
});

test('refuses a file that is not UTF-8, and changes nothing in one that is', async () => {
  await expect(collect(statementsOf(new Blob([new Uint8Array([0xff])]).stream()))).rejects.toThrow();
  const statement = `SELECT '\u{feff}é\u0301';`;
  expect(await collect(statementsOf(new Blob([statement]).stream()))).toEqual([statement]);
});
