import { BaseDatabase } from 'cloudflare/resources/d1/database/database';
import { createClient } from 'cloudflare/tree-shakable';
import { readWorkerConfig } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';

/** Runs one statement on the registry, past the platform. */
export async function queryRegistry(instance: LocalInstance, sql: string): Promise<void> {
  const [registry] = readWorkerConfig('platform-worker').d1_databases;
  if (!registry) throw new Error('The platform Worker has no database.');
  const client = createClient({
    resources: [BaseDatabase],
    apiToken: instance.cloudflare_api_token,
    baseURL: instance.cloudflare_api_url,
  });
  await client.d1.database.query(registry.database_id, {
    account_id: instance.cloudflare_account_id,
    sql,
  });
}
