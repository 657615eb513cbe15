import { advanceRollout } from '#provisioner/rollouts/advance-rollout.ts';
import { changeRollout } from '#provisioner/rollouts/change-rollout.ts';
import { planRollout } from '#provisioner/rollouts/plan-rollout.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { rolloutOrderSchema } from '#shared-schema/rollouts/rollout.ts';
import { RELEASE_ID, recordSignup, runToEnd, startProvisioning } from '#test/support/provisioning.ts';
import { countedRegistry } from '../provisioning/counted-registry.ts';

const LATER_ID = 'fedcba9876543210';
/** More than a slot of the budget holds, so that half of them wait for their token. */
const STACKS = 24;

/** Round trips to the registry for each stack of a rollout, tokens included, in this process and on a clock that is moved. */
export async function countUpgrades(later: ReleaseBundle): Promise<number> {
  await using world = await startProvisioning();
  const bundle = await world.ports.releases.bundle(RELEASE_ID);
  await world.registry
    .prepare('INSERT INTO releases (id, schema_version, size_bytes, created_at) VALUES (?, ?, 0, 1)')
    .bind(LATER_ID, later.schema_version)
    .run();
  for (let made = 0; made < STACKS; made += 1) await runToEnd(world, (await recordSignup(world)).operationId);
  world.clock.now += 10 * 60_000;
  const { registry, roundTrips } = countedRegistry(world.registry);
  await world.control.clearCalls();
  const ports = {
    ...{ ...world.ports, registry },
    releases: { bundle: async (id: string) => (id === LATER_ID ? later : bundle) },
    wait: async (ms: number) => {
      world.clock.now += ms;
    },
  };
  const order = rolloutOrderSchema.parse({ release_id: LATER_ID, waves: [100], concurrency: 1 });
  const { id } = (await planRollout(ports, order, 'bench')).rollout;
  await changeRollout(ports, id, 'start', 'bench');
  const before = roundTrips();
  await advanceRollout(ports, id, world.clock.now + 60 * 60_000);
  // The budget reads the registry beside the counted one: one round trip a call, two more where it was refused and came back.
  const refused = world.log.filter(({ code }) => code === 'API_BUDGET_EXHAUSTED').length;
  const tokens = (await world.control.apiCalls()).length + 3 * refused;
  return (roundTrips() - before + tokens) / STACKS;
}
