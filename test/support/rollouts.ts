import { v7 as uuidV7 } from 'uuid';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type RolloutStatus, rolloutOrderSchema } from '#shared-schema/rollouts/rollout.ts';
import { CloudApi, REGISTRY_ID } from './cloud-api.ts';

/** A release that nobody runs, and that is not the current one. Its bundle is nowhere. */
export async function unusedRelease(instance: LocalInstance): Promise<string> {
  const id = uuidV7().replaceAll('-', '').slice(-16);
  const sql = 'INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, 1, 0, 0)';
  await new CloudApi(instance).query(REGISTRY_ID, sql, id);
  return id;
}

/**
 * A rollout of the status, written by hand: one stack runs what it brought, and ran the same before; one failed where it has
 * ended. Whatever is under way besides is aborted.
 */
export async function newRollout(instance: LocalInstance, status: RolloutStatus): Promise<{ id: string }> {
  const cloud = new CloudApi(instance);
  const [id, now] = [uuidV7(), String(Date.now())];
  const { release_id: _, ...order } = rolloutOrderSchema.parse({});
  const plan = JSON.stringify({ ...order, max_failures: 0 });
  const write = (sql: string, ...params: readonly string[]) => cloud.query(REGISTRY_ID, sql, ...params);
  await write(`UPDATE rollouts SET status = 'aborted' WHERE status IN ('running', 'paused')`);
  await write(
    `INSERT INTO rollouts (id, release_id, previous_release_id, status, plan, available_at, created_at, updated_at)
     SELECT ?1, id, id, ?2, ?3, ?4, ?4, ?4 FROM releases ORDER BY current_since DESC LIMIT 1`,
    ...[id, status, plan, now],
  );
  await write(
    `INSERT INTO rollout_targets (rollout_id, stack_id, account_id, wave, status, from_release_id, to_release_id, error, updated_at)
     SELECT ?1, stacks.id, account_id, 1, IIF(?2 = 'finished' AND ROW_NUMBER() OVER () > 1, 'failed', 'done'), release_id,
       release_id, ?3, 0
     FROM stacks JOIN accounts ON accounts.id = account_id
     WHERE stacks.status = 'serving' AND accounts.status = 'active' LIMIT 2`,
    ...[id, status, JSON.stringify({ code: 'MIGRATION_FAILED', message: 'It was so.' })],
  );
  return { id };
}
