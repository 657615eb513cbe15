import { RegistryMigrator } from '#provisioner/registry/registry-migrator.ts';
import { readRegistryMigrations } from '../build/registry-migrations.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';

/** The registry has the schema of `migrations/platform`. Error: `MIGRATION_EDITED`. */
export const migrateRegistry: BootstrapStep = {
  name: 'migrations',
  permission: 'Account › D1 › Edit',
  look: async (setup) => {
    const migrations = await readRegistryMigrations();
    const names = migrations.map(({ name }) => name);
    const pending =
      setup.facts.registryId === undefined ? names : await migratorOf(setup).pending(migrations);
    setup.facts.isMigrated = pending.length === 0;
    return {
      missing: pending,
      make: async () => {
        await migratorOf(setup).migrate(migrations);
        setup.facts.isMigrated = true;
      },
    };
  },
};

function migratorOf({ options, facts }: Setup): RegistryMigrator {
  const { registryId } = facts;
  if (registryId === undefined) throw new TypeError('There is no registry to migrate.');
  const { accountId, apiToken, apiUrl } = options;
  return new RegistryMigrator({ accountId, apiToken, baseUrl: apiUrl, databaseId: registryId });
}
