import { RegistryMigrator } from '#provisioner/registry/registry-migrator.ts';
import { readRegistryMigrations } from '../build/registry-migrations.ts';
import { readWorkerConfig } from '../build/worker-config.ts';
import type { LocalSecrets } from './local-state.ts';

/** Brings the registry to the schema of `migrations/platform`, over the Cloudflare API as in production. */
export async function migrateRegistry(apiUrl: string, secrets: LocalSecrets): Promise<void> {
  const { d1_databases } = readWorkerConfig('platform-worker');
  const databaseId = d1_databases.find((database) => database.binding === 'REGISTRY')?.database_id;
  if (!databaseId) throw new TypeError('platform-worker/wrangler.jsonc names no database for REGISTRY.');
  const migrator = new RegistryMigrator({
    baseUrl: apiUrl,
    accountId: secrets.cloudflare_account_id,
    apiToken: secrets.cloudflare_api_token,
    databaseId,
  });
  await migrator.migrate(await readRegistryMigrations());
}
