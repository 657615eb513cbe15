import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { AccountStatus } from '#shared-schema/accounts/account.ts';
import { CloudApi, REGISTRY_ID } from './cloud-api.ts';

/** Puts an account into a status by hand, without the operation that leads there. */
export async function setAccountStatus(
  instance: LocalInstance,
  id: string,
  status: AccountStatus,
): Promise<void> {
  const sql = `UPDATE accounts SET body = json_set(body, '$.status', ?) WHERE id = ?`;
  await new CloudApi(instance).query(REGISTRY_ID, sql, status, id);
}
