import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { CloudApi, REGISTRY_ID } from './cloud-api.ts';

/** Takes all of the registry away, so that D1 fails whatever is asked of it, and gives what brings it back. */
export async function takeRegistryAway(instance: LocalInstance): Promise<() => Promise<void>> {
  const cloud = new CloudApi(instance);
  const tables = await cloud.query(
    REGISTRY_ID,
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  );
  const rename = async (from: string, to: string) => {
    for (const { name } of tables) {
      await cloud.query(REGISTRY_ID, `ALTER TABLE "${name}${from}" RENAME TO "${name}${to}"`);
    }
  };
  await rename('', '_away');
  return () => rename('_away', '');
}
