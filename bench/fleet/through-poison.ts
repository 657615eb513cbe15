import * as z from 'zod';
import { CliError } from '#provisioner/cli/cli-error.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { PlatformClient } from '#provisioner/cli/platform-client.ts';
import { watchRollout } from '#provisioner/cli/watch-rollout.ts';
import type { RolloutProgress, RolloutTarget } from '#shared-schema/rollouts/rollout.ts';
import type { MadeAccount } from './make-accounts.ts';
import { mend } from './poison.ts';

/** Fewer than are poisoned. */
const TOLERANCE = '0.2%';
const accountSchema = z.object({ release: z.string().nullable() });

/**
 * A rollout meets the poisoned accounts and pauses; one that goes on past them ends; they are mended, and its `resume` heals
 * them. Prints what was seen, and throws where it is not what is promised.
 */
export async function throughPoison(
  instance: LocalInstance,
  platform: PlatformClient,
  sick: readonly MadeAccount[],
): Promise<void> {
  const slugs = sick.map(({ slug }) => slug).sort();
  const old = await releasesOf(platform, slugs);
  const paused = await rollOut(platform, { tolerance: TOLERANCE });
  const most = paused.plan.max_failures + paused.plan.concurrency;
  console.log(
    `paused with ${paused.targets.failed} failed: ${paused.plan.max_failures} are tolerated and ${paused.plan.concurrency} under way,` +
      ` ${paused.targets.done} are done`,
  );
  require(paused.status === 'paused' && paused.targets.failed <= most, 'It did not pause at its tolerance.');
  await platform.post(`/admin/rollouts/${paused.id}/abort`, {});

  const past = await rollOut(platform, { release_id: paused.release_id, on_failure: 'continue' });
  const named = await failedSlugs(platform, past.id);
  const asBefore = await releasesOf(platform, slugs);
  console.log(
    `past them: ${past.status}, ${past.targets.done} done, ${named.length} failed, all that are poisoned`,
  );
  require(past.status === 'finished' && named.join() === slugs.join(), 'Others failed than are poisoned.');
  require(asBefore.join() === old.join(), 'A poisoned account left its release.');
  for (const account of sick) await mend(instance, account); // which asks it first, on its old release

  await platform.post(`/admin/rollouts/${past.id}/resume`, {});
  const healed = await watch(platform, past.id);
  const now = await releasesOf(platform, slugs);
  console.log(
    `mended and resumed: ${healed.status}, ${healed.targets.done} done, ${healed.targets.failed} failed`,
  );
  require(healed.targets.failed === 0 &&
    now.every((release) => release === past.release_id), 'Some did not heal.');
}

async function rollOut(platform: PlatformClient, order: object): Promise<RolloutProgress> {
  const plan = { waves: [100], soak_ms: 0, ...order };
  const { id } = await platform.post<RolloutProgress>('/admin/rollouts', plan);
  await platform.post(`/admin/rollouts/${id}/start`, {});
  return watch(platform, id);
}

/** As the command line follows it; that it paused or has failures is what is looked for. */
async function watch(platform: PlatformClient, id: string): Promise<RolloutProgress> {
  try {
    await watchRollout(platform, id, { json: !process.stderr.isTTY });
  } catch (thrown) {
    if (!(thrown instanceof CliError && /^ROLLOUT_(PAUSED|HAS_FAILURES)$/.test(thrown.code))) throw thrown;
  }
  return platform.get<RolloutProgress>(`/admin/rollouts/${id}`);
}

async function failedSlugs(platform: PlatformClient, id: string): Promise<string[]> {
  const page = await platform.get<{ data: RolloutTarget[] }>(
    `/admin/rollouts/${id}/targets?status=failed&limit=200`,
  );
  return page.data.map(({ slug }) => slug).sort();
}

async function releasesOf(platform: PlatformClient, slugs: readonly string[]): Promise<(string | null)[]> {
  const accounts = slugs.map((slug) => platform.get(`/admin/accounts/${slug}`));
  return (await Promise.all(accounts)).map((account) => accountSchema.parse(account).release);
}

function require(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}
