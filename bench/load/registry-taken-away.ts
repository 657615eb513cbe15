import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { type LoadTarget, measureLoad } from './measure-load.ts';
import { queryRegistry } from './query-registry.ts';

/** Well under the 5 seconds that a route may be used for. */
const WITHOUT_REGISTRY_MS = 1_000;

/** Requests served on a warm route while the registry could not have answered. Throws where one was not served. */
export async function withRegistryTakenAway(instance: LocalInstance, target: LoadTarget): Promise<number> {
  // A new window of the route's lifetime begins, so that it cannot end while the registry is away.
  await new Promise((resolve) => setTimeout(resolve, 5_100));
  await measureLoad(target, { connections: 1, durationMs: 200 });
  await queryRegistry(instance, 'ALTER TABLE accounts RENAME TO accounts_away');
  try {
    const { requestsPerSecond } = await measureLoad(target, {
      connections: 4,
      durationMs: WITHOUT_REGISTRY_MS,
    });
    return Math.round((requestsPerSecond * WITHOUT_REGISTRY_MS) / 1000);
  } finally {
    await queryRegistry(instance, 'ALTER TABLE accounts_away RENAME TO accounts');
  }
}
