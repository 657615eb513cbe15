/** A release with this schema, the newest of several; null where there is none. */
export async function releaseOfSchema(registry: D1Database, schemaVersion: number): Promise<string | null> {
  return registry
    .prepare('SELECT id FROM releases WHERE schema_version = ? ORDER BY created_at DESC, id DESC LIMIT 1')
    .bind(schemaVersion)
    .first<string>('id');
}
