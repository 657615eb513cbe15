import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { LANE_PLANS, leastTimeOf } from '#provisioner/api-budget/budget-plan.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';
import type { ReleaseBundle } from '#shared-schema/releases/release.ts';
import { laterRelease, publish } from '#test/support/later-release.ts';
import { startTestPlatform } from '#test/support/local-platform.ts';
import { auditFleet } from './fleet/audit-fleet.ts';
import { budgetShare } from './fleet/budget-share.ts';
import { countUpgrades } from './fleet/count-upgrades.ts';
import { LiveTraffic } from './fleet/live-traffic.ts';
import { type MadeAccount, makeAccounts } from './fleet/make-accounts.ts';
import { peakMemory } from './fleet/peak-memory.ts';
import { poison } from './fleet/poison.ts';
import { type FleetRollout, rollOut } from './fleet/roll-out.ts';
import { throughPoison } from './fleet/through-poison.ts';

/** `npm run bench -- fleet 100` measures another number. */
const DEFAULT_STACKS = 1_000;
/** Accounts that are used meanwhile. */
const LIVE = 20;

/**
 * A release with a migration goes to so many stacks, at the real pace of Cloudflare's quota, through the platform and by the
 * command line's own driver, while some of their accounts are used. With `--poison` one stack in a hundred holds a row that
 * breaks the migration: the rollout pauses, another goes past them, and they heal once their rows are mended. With `--audit` the
 * whole fleet is audited in the end.
 */
export async function benchFleet(args: readonly string[]): Promise<void> {
  const stacks = Number(args.find((arg) => /^\d+$/.test(arg)) ?? DEFAULT_STACKS);
  const bundle = await laterRelease();
  const folder = await mkdtemp(join(tmpdir(), 'freehold-fleet-'));
  try {
    const accounts = await makeFleet(folder, stacks);
    await measure(folder, bundle, accounts, {
      poisoned: args.includes('--poison'),
      audited: args.includes('--audit'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const trips = await countUpgrades(bundle);
  console.log(`  registry round trips a stack     ${trips.toFixed(1)}`);
}

/** In a workerd of its own, which takes with it what making them left in memory. */
async function makeFleet(dataDir: string, stacks: number): Promise<MadeAccount[]> {
  await using platform = await startTestPlatform({ dataDir });
  const began = performance.now();
  const accounts = await makeAccounts(platform.instance, stacks);
  console.log(`${stacks} stacks were made in ${seconds(performance.now() - began)}, outside the quota.`);
  return accounts;
}

async function measure(
  dataDir: string,
  bundle: ReleaseBundle,
  accounts: readonly MadeAccount[],
  { poisoned, audited }: { poisoned: boolean; audited: boolean },
): Promise<void> {
  const stacks = accounts.length;
  await using platform = await startTestPlatform({ dataDir, faults: {} });
  const { instance } = platform;
  const control = new CloudControl(platform.cloud, { apiToken: instance.cloudflare_api_token });
  const live = accounts.slice(0, Math.min(LIVE, Math.ceil(stacks / 2)));
  const sick = poisoned ? spread(accounts, Math.ceil(stacks / 100)) : [];
  for (const account of sick) await poison(instance, account);
  await publish(instance, bundle);
  await control.setQuota({});
  await control.clearCalls();

  const traffic = await LiveTraffic.start(instance, live);
  const client = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
  if (sick.length > 0) await throughPoison(instance, client, sick);
  else printRollout(stacks, await rollOut(client, control));
  const { requests, writes, failures } = await traffic.end();
  console.log(`${requests} requests on ${live.length} live accounts meanwhile, ${writes} of them writes:`);
  console.log(`  failed or lost                   ${failures.length}  (to reach: 0)`);
  for (const failure of failures.slice(0, 5)) console.log(`    ${failure}`);
  const refused = (await control.calls()).filter(({ on, status }) => on === 'api' && status === 429).length;
  console.log(`  answered 429 by Cloudflare       ${refused}`);
  if (audited) await auditFleet(instance, client, control);
  const { workerd, driver } = await peakMemory();
  console.log(`  peak memory                      workerd ${workerd.join(' + ')} MiB, driver ${driver} MiB`);
}

/** So many of them, as far from each other as they can be. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  const places = Array.from({ length: count }, (_, nth) => Math.floor(((nth + 0.5) * items.length) / count));
  return places.flatMap((place) => items.slice(place, place + 1));
}

function printRollout(stacks: number, { tookMs, calls, targets }: FleetRollout): void {
  const migrations = calls.filter(
    ({ method, path }) => method === 'POST' && path.includes('/d1/database/'),
  ).length;
  const floorMs = leastTimeOf('fleet', stacks);
  const share = budgetShare(calls.map(({ started_at }) => started_at));
  console.log(`rollout: ${targets.done} done, ${targets.failed} failed in ${seconds(tookMs)}`);
  console.log(
    `  API calls a stack                ${(calls.length / stacks).toFixed(3)}  (to reach: 1; the cron's survey lists are in it)`,
  );
  console.log(`  API calls for migrations         ${migrations}  (to reach: 0)`);
  console.log(`  share of the budget used         ${share.toFixed(3)}  (to reach: 0.950)`);
  console.log(
    `  time against the quota's floor   ${(tookMs / floorMs).toFixed(3)}  (floor ${seconds(floorMs)}: the fleet's lane gives` +
      ` ${LANE_PLANS.fleet.perSlot} calls in 5 s, ${LANE_PLANS.fleet.ceiling} in 320 s)`,
  );
  console.log(
    `  the peer's floor                 ${seconds(leastTimeOf('fleet', 2 * stacks))}: migrations over the API, one query and one upload` +
      ` a stack at the least, ${2 * stacks} calls in the same lane`,
  );
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
