import { v7 as uuidV7 } from 'uuid';
import { expect } from 'vitest';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { CloudApi, REGISTRY_ID } from './cloud-api.ts';
import { send } from './send.ts';
import { accepted, untilFinished } from './sign-up.ts';

/** Deletes an account and waits until its deletion is settled. */
export async function deleteAccount(instance: LocalInstance, idOrSlug: string, graceDays = 30) {
  const { url, admin_token: token } = instance;
  const json = { grace_days: graceDays };
  const begun = accepted(
    await send(`${url}/admin/accounts/${idOrSlug}`, {
      ...{ method: 'DELETE', token, json },
      headers: { 'idempotency-key': uuidV7() },
    }),
  );
  const ended = await untilFinished(instance, begun.operation.id);
  expect(ended).toMatchObject({ kind: 'delete', status: 'succeeded', error: null });
  return begun;
}

/** Ends the grace of a deletion, by hand, and keeps the cron off: it purges nothing that somebody wanted back since. */
export async function endGrace(instance: LocalInstance, accountId: string): Promise<void> {
  const cloud = new CloudApi(instance);
  await cloud.query(
    REGISTRY_ID,
    `INSERT INTO operations (id, kind, account_id, stack_id, status, input, available_at, created_at, updated_at)
     SELECT ?, 'undelete', account_id, stack_id, 'failed', '{}', 0, 0, 0 FROM operations
     WHERE account_id = ? AND kind = 'delete' ORDER BY id DESC LIMIT 1`,
    ...[uuidV7(), accountId],
  );
  const sql = `UPDATE accounts SET body = json_set(body, '$.deletion.purge_after', 1) WHERE id = ?`;
  await cloud.query(REGISTRY_ID, sql, accountId);
}
