import type { Platform } from '#platform-worker/platform.ts';
import { createAccount } from '#platform-worker/signup/create-account.ts';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import { runOperations } from '#provisioner/operations/run-operations.ts';
import { fillPool } from '#provisioner/pool/fill-pool.ts';
import { type Provisioning, startProvisioning } from '#test/support/provisioning.ts';
import { countedRegistry } from './counted-registry.ts';

const PLACE = { cell: 'main', dispatchNamespace: 'freehold' };

/** One signup from nothing and one with a stack of the pool, with what each asked of the world outside. */
export async function printCounts(): Promise<void> {
  await using world = await startProvisioning();
  await countSignup(world, 'cold');
  const { registry, now, newId } = world.ports;
  const begun = await fillPool({ registry, now, newId, sizes: { eu: 1 }, place: PLACE });
  await runOperations(world.ports, begun, 'bench');
  await countSignup(world, 'warm');
}

async function countSignup(world: Provisioning, pool: 'cold' | 'warm'): Promise<void> {
  const { registry, roundTrips } = countedRegistry(world.registry);
  const { now, newId } = world.ports;
  const platform = {
    ...{ env: { REGISTRY: registry }, now, newId, stackPlace: PLACE },
    accountUrls: { platformUrl: 'https://platform.test', platformDomain: 'platform.test', form: 'host' },
  } as unknown as Platform; // what a signup uses of it
  await world.control.clearCalls();
  const owner = { name: 'Ann', email: 'ann@hart.example', password: 'a long enough password' };
  const { operationId, warm } = await createAccount(platform, {
    signup: { name: 'Hart', slug: `${pool}-signup`, residency: 'eu', owner },
    passwordHash: '$argon2id$v=19$m=8,t=1,p=1$AA$AA',
    idempotent: { key: null, fingerprint: '', now: now() },
    requestId: 'bench',
  });
  if (operationId === null || warm !== (pool === 'warm')) throw new Error(`The signup was not ${pool}.`);
  const outcome = await runOperation({ ...world.ports, registry }, operationId, 'bench');
  if (!outcome.finished) throw new Error('The signup was not finished.');
  const calls = await world.control.calls();
  const api = calls.filter(({ on }) => on === 'api').length;
  console.log(
    `${pool} signup: ${api} Cloudflare API calls, ${roundTrips() + api} registry round trips with their tokens, ` +
      `${calls.length - api} calls to the account's own Worker`,
  );
}
