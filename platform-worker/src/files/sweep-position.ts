/** The longest one pass may take before another may go on in its place: 5 minutes. */
const SWEEP_LEASE_MS = 5 * 60 * 1000;
/** How long a sweep that has come to the end rests before it begins anew: 1 hour. */
export const SWEEP_REST_MS = 60 * 60 * 1000;

const positionOf = (row: unknown) => (row as { position: string } | null)?.position ?? null; // the column returned

/** The key after which to go on in a bucket, for whoever gets it; null where another is at work or the sweep rests. */
export async function claimSweep(registry: D1Database, bucket: string, now: number): Promise<string | null> {
  const [, claimed] = await registry.batch([
    registry
      .prepare(
        `INSERT INTO file_sweeps (bucket, position, available_at) VALUES (?, '', 0) ON CONFLICT DO NOTHING`,
      )
      .bind(bucket),
    registry
      .prepare(
        'UPDATE file_sweeps SET available_at = ?1 WHERE bucket = ?2 AND available_at <= ?3 RETURNING position',
      )
      .bind(now + SWEEP_LEASE_MS, bucket, now),
  ]);
  return positionOf(claimed?.results[0] ?? null);
}

/** Keeps how far the sweep came: the last key it has seen, or '' at the end, from where it begins anew after its rest. */
export async function keepSweep(
  registry: D1Database,
  bucket: string,
  position: string,
  now: number,
): Promise<void> {
  await registry
    .prepare('UPDATE file_sweeps SET position = ?, available_at = ? WHERE bucket = ?')
    .bind(position, position === '' ? now + SWEEP_REST_MS : now, bucket)
    .run();
}
