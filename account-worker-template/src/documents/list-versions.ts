import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { documentEntity } from '../entities/document.ts';
import { requirePermission } from '../entities/permissions.ts';
import { respond } from '../http/answer.ts';
import type { UserCall } from '../http/call.ts';
import { selectRecord } from '../records/read-record.ts';
import { recordId } from '../records/record.ts';
import { toVersions, VERSION_COLUMNS } from './version-row.ts';

/** What the versions of one document offer as a list. */
export const VERSION_LIST: ListDefinition = {
  table: 'document_versions',
  columns: VERSION_COLUMNS,
  where: '1',
  indexed: {},
  fields: VERSION_COLUMNS,
};

/**
 * `GET /documents/<id>/versions`: one page, oldest first, pending ones too. Errors: `FORBIDDEN`, `RECORD_NOT_FOUND`, and
 * those of parseListQuery.
 */
export async function listVersions(call: UserCall, id: string): Promise<Response> {
  requirePermission(documentEntity, call.actor, 'read');
  const documentId = recordId(id);
  const asked = parseListQuery(call.url.searchParams, VERSION_LIST);
  const query = { ...asked, filters: [{ field: 'document_id', operator: 'eq', value: documentId }] as const };
  const [documents, rows] = await readAsUser(call, [
    selectRecord(documentEntity, documentId),
    listStatement(VERSION_LIST, query),
  ]);
  if (documents?.length !== 1) throw new PlatformError('RECORD_NOT_FOUND');
  return respond({ status: 200, body: listPage(toVersions(rows), query, (version) => version) });
}
