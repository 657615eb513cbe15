import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { adminFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { RegistryMigrator } from '#provisioner/registry/registry-migrator.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { newSigningKey } from '#shared-schema/tokens/signing-key.ts';
import {
  type Clock,
  type DriverPlace,
  type DriverPlatform,
  driverPlatform,
  NAMESPACE,
  ZONE_ID,
} from './driver-platform.ts';

/** A database for each stack, a second for what is restored beside it, and one for each export that is proven. */
const DATABASE_SLOTS = 1_000;
const ACCESS = { accountId: '0123456789abcdef0123456789abcdef', apiToken: 'token-of-the-faults' };

/** A local cloud with the platform's registry in it, and the platform's code in this process beside those it kills. */
export interface FaultWorld extends AsyncDisposable {
  readonly place: DriverPlace;
  readonly control: CloudControl;
  readonly clock: Clock;
  readonly own: DriverPlatform;
  /** Straight to the cloud, outside the budget. */
  readonly api: CloudflareApi;
}

export async function startFaultWorld(bundle: ReleaseBundle): Promise<FaultWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-faults-'));
  const cloud = await startLocalCloud({
    ...ACCESS,
    dataDir: join(folder, 'cloud'),
    apiPort: 0,
    dispatchPort: 0,
    databaseSlots: DATABASE_SLOTS,
    spareDatabaseSlots: 0,
    dispatchNamespaces: [NAMESPACE],
    zones: [{ id: ZONE_ID, name: 'platform.dev' }],
    faults: {},
  });
  const api = new CloudflareApi({ ...ACCESS, baseUrl: cloud.apiUrl, fetch: adminFetch });
  const { id: registryId } = await api.createDatabase('registry', 'eu');
  await migrate(cloud.apiUrl, registryId);
  const place: DriverPlace = {
    ...{ ...ACCESS, apiUrl: cloud.apiUrl, dispatchUrl: cloud.dispatchUrl ?? '', registryId },
    bucketsDir: join(folder, 'buckets'),
    signingKeys: await newSigningKeys(),
  };
  const clock = { now: Date.now() };
  const own = driverPlatform(place, clock);
  await own.platform.releases.publish(bundle, clock.now);
  return {
    ...{ place, clock, own, api, control: new CloudControl(cloud, ACCESS) },
    async [Symbol.asyncDispose]() {
      await cloud.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function migrate(baseUrl: string, databaseId: string): Promise<void> {
  const folder = join(PROJECT_DIR, 'migrations/platform');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(join(folder, name), 'utf8') })),
  );
  await new RegistryMigrator({ ...ACCESS, baseUrl, databaseId }).migrate(migrations);
}

async function newSigningKeys(): Promise<string> {
  return JSON.stringify({ keys: [await newSigningKey(), await newSigningKey()] });
}
