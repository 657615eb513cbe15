import * as z from 'zod';
import type { Env } from '../env.ts';
import type { DatabaseRow } from './database-store.ts';
import { ensureFile } from './restore-database.ts';
import { errorText } from './run-query.ts';
import { readBookmark } from './time-travel-client.ts';
import { listTransfers, openTransfer, recordOutcome, transferKey } from './transfer-store.ts';

/** The body of `/export`. */
export const exportRequestSchema = z.object({
  output_format: z.literal('polling'),
  current_bookmark: z.string().optional(),
  dump_options: z
    .object({
      no_data: z.boolean().optional(),
      no_schema: z.boolean().optional(),
      tables: z.array(z.string()).optional(),
    })
    .optional(),
});

/** Miniflare's dump is D1's own (workers-sdk, `miniflare/src/workers/d1/dumpSql.ts`, November 2026). */
const EXPORT_PRAGMA = 'PRAGMA miniflare_d1_export(?,?,?);';

/**
 * Writes a database as SQL into a file and answers its address; a poll with the bookmark of an export that is done answers
 * that one again. The dump is of one state, `at_bookmark` or one written to since.
 */
export async function exportDatabase(
  env: Env,
  { row, binding }: { row: DatabaseRow; binding: D1Database },
  request: z.infer<typeof exportRequestSchema>,
  origin: string,
): Promise<unknown> {
  if (request.current_bookmark !== undefined) {
    const exports = await listTransfers(env, row.uuid, 'export');
    const done = exports.find(({ bookmark }) => bookmark === request.current_bookmark);
    if (done?.outcome) return JSON.parse(done.outcome);
  }
  await ensureFile(binding);
  const bookmark = await readBookmark(env, row.uuid);
  const answer = { type: 'export', at_bookmark: bookmark };
  let sql: string;
  try {
    await refuseVirtualTables(binding, request.dump_options?.tables ?? []);
    sql = await dump(binding, request.dump_options ?? {});
  } catch (error) {
    return { ...answer, success: false, status: 'error', error: errorText(error), messages: [] };
  }
  const filename = `${row.uuid}-${bookmark}.sql`;
  const { id, path } = await openTransfer(env, { database: row.uuid, kind: 'export', filename });
  await env.MODULES.put(transferKey(id), sql);
  const outcome = {
    ...answer,
    success: true,
    status: 'complete',
    messages: ['Uploaded part 1'],
    result: { filename, signed_url: `${origin}${path}` },
  };
  await recordOutcome(env, id, bookmark, outcome);
  return outcome;
}

/** Miniflare's dump refuses them too, but its reason comes back with a stack. */
async function refuseVirtualTables(binding: D1Database, tables: string[]): Promise<void> {
  const virtual = await binding
    .prepare(
      `SELECT 1 FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'
       AND (?1 = '[]' OR name IN (SELECT value FROM json_each(?1)))`,
    )
    .bind(JSON.stringify(tables))
    .first();
  if (virtual === null) return;
  throw new Error('D1 Export error: cannot export databases with Virtual Tables (fts5)');
}

async function dump(
  binding: D1Database,
  options: NonNullable<z.infer<typeof exportRequestSchema>['dump_options']>,
): Promise<string> {
  const { no_schema = false, no_data = false, tables = [] } = options;
  const statement = binding.prepare(EXPORT_PRAGMA).bind(no_schema, no_data, ...tables);
  const [lines = []] = await statement.raw<string[]>();
  return lines.join('\n');
}
