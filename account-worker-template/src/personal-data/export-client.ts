import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ArchivedFile } from '#shared-schema/files/file-archive.ts';
import { documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { changeRows } from '../changes/list-changes.ts';
import { identifier, join, type Sql, sql } from '../database/sql.ts';
import { VERSION_COLUMNS } from '../documents/version-row.ts';
import { caseEntity } from '../entities/case.ts';
import { caseTaskEntity } from '../entities/case-task.ts';
import { clientEntity } from '../entities/client.ts';
import { clientDependantEntity } from '../entities/client-dependant.ts';
import { clientDependantClientEntity } from '../entities/client-dependant-client.ts';
import { documentEntity } from '../entities/document.ts';
import { type EntityDefinition, RECORD_COLUMNS } from '../entities/entity.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { recordId, recordRows, toRecord } from '../records/record.ts';
import { archiveAnswer, wantsJson } from './archive-answer.ts';
import { clientData, linkedDependants } from './client-data.ts';
import { requirePersonalData } from './personal-data-permissions.ts';

const versionRows = z.array(
  documentVersionSchema.extend({ document_deleted: z.int(), document_name: z.string() }),
);
type VersionRow = z.infer<typeof versionRows>[number];

const deletedRows = z.array(z.object({ deleted_at: z.int().nullable() }));

/**
 * `GET /clients/<id>/export`: 200 with everything that is held about the client, what was deleted too (`deleted_at` says
 * when): one archive, which the platform makes of the JSON document and of the files. Where `Accept` asks for JSON, the
 * document alone: `download` says where each version's bytes are granted, null where they are not (pending, or of a
 * deleted document).
 *
 * Errors: `FORBIDDEN`; `RECORD_NOT_FOUND`, also once it was erased; `EXPORT_TOO_LARGE` for an archive of too many files.
 */
export async function exportClient(call: UserCall, text: string): Promise<Response> {
  requirePersonalData(call.actor, 'export');
  const id = recordId(text);
  const rows = await readAsUser(call, exportStatements(id));
  const [client] = toRecords(rows[0]);
  if (!client) throw new PlatformError('RECORD_NOT_FOUND');
  const versions = versionRows.parse(rows[6]);
  const body = {
    exported_at: call.now,
    client,
    client_dependant_clients: toRecords(rows[1]),
    client_dependants: toRecords(rows[2]),
    cases: toRecords(rows[3]),
    case_tasks: toRecords(rows[4]),
    documents: toRecords(rows[5]),
    document_versions: versions.map((row) => toVersion(call, row)),
    changes: changeRows.parse(rows[7]),
  };
  const headers = { 'cache-control': 'no-store', vary: 'accept' };
  if (wantsJson(call.request.headers)) return respond({ status: 200, body }, headers);
  return archiveAnswer(`client-${id}.zip`, versions.map(toFile), body, headers);
}

/** What an export reads, in the order of its parts. */
export function exportStatements(id: string): Sql[] {
  const { links, cases, tasks, ownDocuments, caseDocuments } = clientData(id);
  const dependants = linkedDependants(links);
  const documents = sql`SELECT id FROM documents WHERE id IN (${ownDocuments}) OR id IN (${caseDocuments})`;
  const versions = sql`SELECT id FROM document_versions WHERE document_id IN (${documents})`;
  const held = sql`SELECT id FROM clients WHERE id = ${id}
    AND NOT EXISTS (SELECT 1 FROM erasures WHERE client_id = ${id})`;
  return [
    selectRecords(clientEntity, held),
    selectRecords(clientDependantClientEntity, links),
    selectRecords(clientDependantEntity, dependants),
    selectRecords(caseEntity, cases),
    selectRecords(caseTaskEntity, tasks),
    selectRecords(documentEntity, documents),
    selectVersions(versions),
    selectHistory([held, links, dependants, cases, tasks, documents, versions]),
  ];
}

function selectRecords(entity: EntityDefinition, ids: Sql): Sql {
  const columns = join([...RECORD_COLUMNS, 'deleted_at'].map(identifier), ', ');
  return sql`SELECT ${columns} FROM ${identifier(entity.table)} WHERE id IN (${ids}) ORDER BY id`;
}

function selectVersions(ids: Sql): Sql {
  const columns = join(
    VERSION_COLUMNS.map((column) => sql`versions.${identifier(column)}`),
    ', ',
  );
  return sql`SELECT ${columns}, documents.deleted_at IS NOT NULL AS document_deleted, documents.name AS document_name
    FROM document_versions AS versions JOIN documents ON documents.id = versions.document_id
    WHERE versions.id IN (${ids}) ORDER BY versions.document_id, versions.version_number`;
}

/** One index look-up for each set: D1 takes at most five parts in a UNION. */
function selectHistory(sets: readonly Sql[]): Sql {
  const ofOne = sets.map((ids) => sql`entity_id IN (${ids})`);
  return sql`SELECT seq, entity, entity_id, action, version, changed, actor_id, at, request_id FROM changes
    WHERE ${join(ofOne, ' OR ')} ORDER BY seq`;
}

function toRecords(rows: readonly unknown[] | undefined) {
  const deleted = deletedRows.parse(rows ?? []);
  return recordRows(rows).map((row, position) => ({
    ...toRecord(row),
    deleted_at: deleted[position]?.deleted_at ?? null,
  }));
}

function toVersion({ accountUrl }: UserCall, { document_deleted, document_name: _, ...version }: VersionRow) {
  const address = `${accountUrl}/documents/${version.document_id}/download?version=${version.version_number}`;
  const downloadable = version.status === 'stored' && document_deleted === 0;
  return { ...version, download: downloadable ? address : null };
}

function toFile({ id, document_name, ...version }: VersionRow): ArchivedFile {
  const { document_id, version_number, size, sha256, status } = version;
  return { document_id, version_id: id, version_number, name: document_name, size, sha256, status };
}
