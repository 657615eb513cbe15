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

/** A rollout of the status, written by hand: one stack runs what it brought. Whatever is under way besides is aborted. */
export async function newRollout(instance: LocalInstance, status: RolloutStatus): Promise<{ id: string }> {
  const registry = new CloudApi(instance);
  const [id, now] = [uuidV7(), Date.now()];
  const before = await unusedRelease(instance);
  const { release_id: _, ...order } = rolloutOrderSchema.parse({});
  const plan = JSON.stringify({ ...order, max_failures: 0 });
  await registry.query(
    REGISTRY_ID,
    `UPDATE rollouts SET status = 'aborted' WHERE status IN ('running', 'paused')`,
  );
  await registry.query(
    REGISTRY_ID,
    `INSERT INTO rollouts (id, release_id, previous_release_id, status, plan, available_at, created_at, updated_at)
     SELECT ?, release_id, ?, ?, ?, ?, ?, ? FROM stacks WHERE status = 'serving' LIMIT 1`,
    ...[id, before, status, plan, String(now), String(now), String(now)],
  );
  await registry.query(
    REGISTRY_ID,
    `INSERT INTO rollout_targets (rollout_id, stack_id, account_id, wave, status, from_release_id, to_release_id, updated_at)
     SELECT ?, stacks.id, account_id, 1, 'done', ?, release_id, 0 FROM stacks JOIN accounts ON accounts.id = account_id
     WHERE stacks.status = 'serving' AND accounts.status = 'active' LIMIT 1`,
    ...[id, before],
  );
  return { id };
}
