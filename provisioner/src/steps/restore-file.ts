import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ImportState } from '../cloudflare/database-transfer.ts';
import type { RunningStepPorts } from '../operations/operation-step.ts';

export interface RestoreOrder {
  /** A database that was made for this file and holds nothing else. */
  readonly databaseId: string;
  readonly objectKey: string;
  readonly md5: string;
  /** Of the import that an earlier try began, where it is known. */
  readonly bookmark?: string;
}

const OUR_TABLES = `SELECT COUNT(*) AS tables FROM sqlite_schema
  WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'`;
const countSchema = z.tuple([z.tuple([z.object({ tables: z.number() })])]);

/**
 * Ensures that the database is restored from the file, or gives the bookmark of the import that is under way. D1 runs a file
 * whole or not at all, so a database that has tables has it all.
 *
 * Error: `EXPORT_NOT_RESTORABLE` where D1 does not take the file.
 */
export async function restoreFile(
  order: RestoreOrder,
  ports: RunningStepPorts,
): Promise<{ readonly bookmark: string } | 'restored'> {
  const { databaseId, bookmark } = order;
  if (bookmark === undefined && (await hasTables(databaseId, ports))) return 'restored';
  const state =
    bookmark === undefined
      ? await beginImport(order, ports)
      : await ports.cloudflare.importDatabase(databaseId, { action: 'poll', current_bookmark: bookmark });
  if (state.state === 'complete') return 'restored';
  if (state.state === 'running') return { bookmark: state.bookmark };
  // An import that ended a while ago is no longer known; and one fails where the call of a driver that died came first.
  if (await hasTables(databaseId, ports)) return 'restored';
  throw new PlatformError('EXPORT_NOT_RESTORABLE', { context: { ...state } });
}

async function beginImport(
  order: RestoreOrder,
  { cloudflare, exports, signal, signedFiles }: RunningStepPorts,
) {
  const { databaseId, objectKey, md5: etag } = order;
  const begun: ImportState = await cloudflare.importDatabase(databaseId, { action: 'init', etag });
  if (begun.state !== 'awaits-file') return begun;
  await signedFiles.send(begun.uploadUrl, await exports.open(objectKey), signal);
  return cloudflare.importDatabase(databaseId, { action: 'ingest', etag, filename: begun.filename });
}

async function hasTables(databaseId: string, { cloudflare }: RunningStepPorts): Promise<boolean> {
  const [[{ tables }]] = countSchema.parse(await cloudflare.queryDatabase(databaseId, [OUR_TABLES]));
  return tables > 0;
}
