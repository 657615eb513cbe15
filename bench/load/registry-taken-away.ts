import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';
import { readWorkerConfig } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type LoadTarget, measureLoad } from './measure-load.ts';

/** Well under the 5 seconds that a route may be used for. */
const WITHOUT_REGISTRY_MS = 1_000;

/** Requests served on a warm route while the registry could not have answered. Throws where one was not served. */
export async function withRegistryTakenAway(instance: LocalInstance, target: LoadTarget): Promise<number> {
  const [registry] = readWorkerConfig('platform-worker').d1_databases;
  if (!registry) throw new Error('The platform Worker has no database.');
  const client = createClient({
    resources: [BaseDatabase],
    apiToken: instance.cloudflare_api_token,
    baseURL: instance.cloudflare_api_url,
  });
  const run = (sql: string) =>
    client.d1.database.query(registry.database_id, { account_id: instance.cloudflare_account_id, sql });
  // A new window of the route's lifetime begins, so that it cannot end while the registry is away.
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  await measureLoad(target, { connections: 1, durationMs: 200 });
  await run('ALTER TABLE accounts RENAME TO accounts_away');
  try {
    const { requestsPerSecond } = await measureLoad(target, {
      connections: 4,
      durationMs: WITHOUT_REGISTRY_MS,
    });
    return Math.round((requestsPerSecond * WITHOUT_REGISTRY_MS) / 1000);
  } finally {
    await run('ALTER TABLE accounts_away RENAME TO accounts');
  }
}
