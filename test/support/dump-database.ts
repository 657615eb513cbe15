import type { TestAccount } from './account.ts';

/** Every live row of every table, generated columns too, as one text for each row, by table. */
export async function dumpDatabase(account: TestAccount): Promise<Record<string, string[]>> {
  const tables = await account.rows(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`,
  );
  const dumped = tables.map(async ({ name }) => {
    const rows = await account.rows(`SELECT * FROM ${name}`);
    return [String(name), rows.map((row) => JSON.stringify(row)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(dumped));
}

/** The texts that any row has in it, in any case, as `table: text`. */
export function foundIn(dump: Record<string, string[]>, texts: readonly string[]): string[] {
  return Object.entries(dump).flatMap(([table, rows]) => {
    const all = rows.join('\n').toLowerCase();
    return texts.filter((text) => all.includes(text.toLowerCase())).map((text) => `${table}: ${text}`);
  });
}
