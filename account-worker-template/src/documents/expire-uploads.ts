import { type Sql, sql } from '../database/sql.ts';
import { PENDING_UPLOAD_LIFETIME_MS } from './file-lifetimes.ts';
import { VERSION_NAME } from './version-row.ts';

/** How many uploads that never came one write clears away: more than the one it adds, so they do not heap up. */
const EXPIRED_PER_WRITE = 4;

/**
 * Removes versions whose bytes never came in their time, and with its last version a document that never had any bytes:
 * each with an entry in the change log, by whom had asked for the upload. Each statement only where `allowed` holds.
 */
export function expireUploads(now: number, allowed: Sql): Sql[] {
  const cutOff = now - PENDING_UPLOAD_LIFETIME_MS;
  return dropUploads({ cutOff, limit: EXPIRED_PER_WRITE, now, requestId: 'expired-upload' }, allowed);
}

interface DroppedUploads {
  /** Those that were asked for up to then, in milliseconds since the Unix epoch. */
  readonly cutOff: number;
  /** How many at most; all of them where it is -1. */
  readonly limit: number;
  readonly now: number;
  /** What the change log says it was done in. */
  readonly requestId: string;
}

/** Does what {@link expireUploads} does to other uploads that are outstanding. */
export function dropUploads({ cutOff, limit, now, requestId }: DroppedUploads, allowed: Sql): Sql[] {
  const expired = sql`SELECT id FROM document_versions WHERE status = 'pending'
    AND bytes_due_at IS NULL AND created_at <= ${cutOff}
    ORDER BY created_at, id LIMIT ${limit}`;
  const emptied = sql`documents.deleted_at IS NULL
    AND documents.id IN (SELECT document_id FROM document_versions WHERE id IN (${expired}))
    AND NOT EXISTS (SELECT 1 FROM document_versions AS other WHERE other.document_id = documents.id
      AND (other.status = 'stored' OR other.created_at > ${cutOff}))
    AND ${allowed}`;
  return [
    sql`INSERT INTO changes (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
      SELECT id, 'document', id, 'delete', version + 1, '{}', created_by, ${now}, ${requestId}
      FROM documents WHERE ${emptied}`,
    sql`UPDATE documents SET version = version + 1, deleted_at = ${now}, updated_at = ${now},
      updated_by = created_by WHERE ${emptied}`,
    sql`INSERT INTO changes (id, entity, entity_id, action, version, changed, actor_id, at, request_id)
      SELECT id, ${VERSION_NAME}, id, 'delete', 2, '{}', created_by, ${now}, ${requestId}
      FROM document_versions WHERE id IN (${expired}) AND ${allowed}`,
    sql`DELETE FROM document_versions WHERE id IN (${expired}) AND ${allowed}`,
  ];
}
