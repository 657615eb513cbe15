import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import type { Env } from '../env.ts';
import type { DatabaseRow } from './database-store.ts';
import { ensureFile } from './restore-database.ts';
import { errorText } from './run-query.ts';
import { splitStatements } from './split-statements.ts';
import { readBookmark } from './time-travel-client.ts';
import { listTransfers, openTransfer, recordOutcome, type Transfer, transferKey } from './transfer-store.ts';

const etag = z.string().regex(/^[0-9a-f]{32}$/, 'Invalid etag: give the MD5 of the file');

/** The body of `/import`. */
export const importRequestSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('init'), etag }),
  z.object({ action: z.literal('ingest'), etag, filename: z.string() }),
  z.object({ action: z.literal('poll'), current_bookmark: z.string() }),
]);

interface Database {
  row: DatabaseRow;
  binding: D1Database;
}

/**
 * One step of an import: where to send the file (`init`), running it (`ingest`, or `init` where the file is there already),
 * how that ended (`poll`). A file runs in one transaction, and is over when the call that runs it answers.
 */
export async function importDatabase(
  env: Env,
  database: Database,
  request: z.infer<typeof importRequestSchema>,
  origin: string,
): Promise<unknown> {
  const { uuid } = database.row;
  const imports = await listTransfers(env, uuid, 'import');
  if (request.action === 'poll') {
    const done = imports.find(({ bookmark }) => bookmark === request.current_bookmark);
    if (done?.outcome) return JSON.parse(done.outcome);
    return {
      type: 'import',
      success: false,
      status: 'error',
      error: 'Not currently importing anything.',
      messages: [],
    };
  }
  const filename = `${uuid}.${request.etag}.sql`;
  if (request.action === 'ingest' && request.filename !== filename) {
    throw invalid(`The file ${request.filename} is not one of this database and etag`);
  }
  const uploaded = await findUploaded(env, imports, request.etag);
  if (uploaded !== undefined) return await runFile(env, database, uploaded);
  if (request.action === 'init') {
    const { path } = await openTransfer(env, { database: uuid, kind: 'import', filename });
    return { type: 'import', success: true, filename, upload_url: `${origin}${path}`, messages: [] };
  }
  throw invalid(`The file ${filename} was not uploaded, or its contents are not those of its etag`);
}

function invalid(message: string): ApiError {
  return new ApiError('DATABASE_PROPERTY_INVALID', message);
}

async function findUploaded(env: Env, imports: Transfer[], wanted: string): Promise<Transfer | undefined> {
  for (const transfer of imports) {
    const file = await env.MODULES.head(transferKey(transfer.id));
    if (file?.etag === wanted) return transfer;
  }
  return undefined;
}

async function runFile(env: Env, { row, binding }: Database, { id }: Transfer): Promise<unknown> {
  const file = await env.MODULES.get(transferKey(id));
  const statements = splitStatements((await file?.text()) ?? '');
  await ensureFile(binding);
  const bookmark = await readBookmark(env, row.uuid);
  const answer = { type: 'import', at_bookmark: bookmark };
  let meta: Record<string, unknown>;
  try {
    meta = await runStatements(binding, statements);
  } catch (error) {
    const failed = { ...answer, success: false, status: 'error', error: errorText(error), messages: [] };
    await recordOutcome(env, id, bookmark, failed);
    return failed;
  }
  const messages = ['Starting import...', `Processed ${statements.length} queries.`];
  const final_bookmark = await readBookmark(env, row.uuid);
  const result = { num_queries: statements.length, final_bookmark, meta };
  const done = { ...answer, success: true, status: 'complete', messages, result };
  await recordOutcome(env, id, bookmark, done);
  return done;
}

/** Runs all or nothing, and answers the sums of what the statements did. */
async function runStatements(binding: D1Database, statements: string[]): Promise<Record<string, unknown>> {
  if (statements.length === 0) throw new Error('No SQL statements detected.');
  const answers = await binding.batch(statements.map((sql) => binding.prepare(sql)));
  const sum = (field: 'changes' | 'duration' | 'rows_read' | 'rows_written') =>
    answers.reduce((total, { meta }) => total + meta[field], 0);
  const last = answers.at(-1)?.meta;
  return {
    ...last,
    changed_db: answers.some(({ meta }) => meta.changed_db),
    changes: sum('changes'),
    duration: sum('duration'),
    rows_read: sum('rows_read'),
    rows_written: sum('rows_written'),
  };
}
