import type { Change } from '../changes/record-change.ts';
import { identifier, type Sql, sql } from '../database/sql.ts';
import { VERSION_NAME } from '../documents/version-row.ts';
import { caseEntity } from '../entities/case.ts';
import { caseTaskEntity } from '../entities/case-task.ts';
import { clientEntity } from '../entities/client.ts';
import { clientDependantEntity } from '../entities/client-dependant.ts';
import { clientDependantClientEntity } from '../entities/client-dependant-client.ts';
import { documentEntity } from '../entities/document.ts';
import { clientData, idsBy, linkedDependants } from './client-data.ts';

/** What is left of the records: a row without fields. */
const EMPTIED = [
  clientEntity,
  clientDependantClientEntity,
  clientDependantEntity,
  caseEntity,
  caseTaskEntity,
  documentEntity,
];

/**
 * Empties the client and all that belongs to it, and takes its values out of the log, the index and the kept answers.
 * `change` is the client's own entry. Each only where `happened` holds.
 */
export function erasureStatements(change: Change, happened: Sql): Sql[] {
  const { entity_id: clientId, at, actor_id } = change;
  return [
    sql`INSERT INTO erasures (client_id, erased_at, erased_by)
      SELECT ${clientId}, ${at}, ${actor_id} WHERE ${happened}`,
    ...markErased(clientId, happened),
    ...keepOthersDocuments(change, happened),
    ...EMPTIED.flatMap((entity) => {
      const ids = erasedIds(clientId, entity.name);
      const table = identifier(entity.table);
      return [
        sql`INSERT INTO changes (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
          SELECT ${`${change.id}/`} || id, ${entity.name}, id, 'delete', version + 1, '{}', ${actor_id}, ${at},
            ${change.request_id}
          FROM ${table} WHERE id IN (${ids}) AND id <> ${clientId} AND deleted_at IS NULL AND ${happened}`,
        sql`UPDATE ${table} SET body = '{}', version = version + (deleted_at IS NULL OR id = ${clientId}),
          deleted_at = COALESCE(deleted_at, ${at}), updated_at = ${at}, updated_by = ${actor_id}
          WHERE id IN (${ids}) AND ${happened}`,
      ];
    }),
    ...forget(clientId, at, happened),
  ];
}

/** Notes the ids of all that goes, before anything is emptied: afterwards nothing says any more whose it was. */
function markErased(clientId: string, happened: Sql): Sql[] {
  const { links, cases, tasks, ownDocuments, caseDocuments } = clientData(clientId);
  const mark = (entity: string, ids: Sql, also: Sql = sql``) =>
    sql`INSERT INTO erased_records (id, entity, client_id)
      SELECT marked.id, ${entity}, ${clientId} FROM (SELECT id FROM ${tableOf(entity)} WHERE id IN (${ids})) AS marked
      WHERE ${happened} ${also} ON CONFLICT (id) DO NOTHING`;
  const dependants = erasedIds(clientId, clientDependantEntity.name);
  return [
    mark(clientEntity.name, sql`${clientId}`),
    mark(clientDependantClientEntity.name, links),
    mark(
      clientDependantEntity.name,
      linkedDependants(erasedIds(clientId, clientDependantClientEntity.name)),
      sql`AND NOT EXISTS (SELECT 1 FROM client_dependant_clients AS other
        WHERE other.client_dependant_id = marked.id AND other.client_id <> ${clientId} AND other.deleted_at IS NULL)`,
    ),
    mark(
      clientDependantClientEntity.name,
      idsBy(clientDependantClientEntity, 'client_dependant_id', dependants),
    ),
    mark(caseEntity.name, cases),
    mark(caseTaskEntity.name, tasks),
    mark(documentEntity.name, ownDocuments),
    mark(documentEntity.name, caseDocuments),
    mark(
      VERSION_NAME,
      sql`SELECT id FROM document_versions WHERE document_id IN (${erasedIds(clientId, documentEntity.name)})`,
    ),
  ];
}

/** A document that names another client stays theirs, and no longer speaks of a case that is gone. */
function keepOthersDocuments({ id, entity_id, actor_id, at, request_id }: Change, happened: Sql): Sql[] {
  const those = sql`case_id IN (${erasedIds(entity_id, caseEntity.name)})
    AND client_id NOT IN ('', ${entity_id}) AND deleted_at IS NULL AND ${happened}`;
  return [
    sql`INSERT INTO changes (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
      SELECT ${`${id}/case_id/`} || id, ${documentEntity.name}, id, 'update', version + 1,
        json_object('case_id', json_object('from', case_id, 'to', NULL)), ${actor_id}, ${at}, ${request_id}
      FROM documents WHERE ${those}`,
    sql`UPDATE documents SET body = json_set(body, '$.case_id', NULL), version = version + 1,
      updated_at = ${at}, updated_by = ${actor_id} WHERE ${those}`,
  ];
}

/** What else holds their values. */
function forget(clientId: string, at: number, happened: Sql): Sql[] {
  const erased = erasedIds(clientId);
  return [
    sql`UPDATE document_versions SET content_type = '', size = 0, sha256 = '', bytes_due_at = ${at}
      WHERE id IN (${erasedIds(clientId, VERSION_NAME)}) AND ${happened}`,
    sql`UPDATE changes SET changed = '{}' WHERE entity_id IN (${erased}) AND ${happened}`,
    sql`DELETE FROM index_entries WHERE record_id IN (${erased}) AND ${happened}`,
    sql`DELETE FROM idempotency_keys WHERE body ->> '$.id' IN (${erased}) AND ${happened}`,
  ];
}

function erasedIds(clientId: string, entity?: string): Sql {
  const ids = sql`SELECT id FROM erased_records WHERE client_id = ${clientId}`;
  return entity === undefined ? ids : sql`${ids} AND entity = ${entity}`;
}

function tableOf(entity: string): Sql {
  const table = EMPTIED.find(({ name }) => name === entity)?.table ?? 'document_versions';
  return identifier(table);
}
