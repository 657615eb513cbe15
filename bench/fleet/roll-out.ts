import type { CloudControl, LoggedCall } from '#local-cloud/host/cloud-control.ts';
import type { PlatformClient } from '#provisioner/cli/platform-client.ts';
import { watchRollout } from '#provisioner/cli/watch-rollout.ts';
import type { RolloutProgress } from '#shared-schema/rollouts/rollout.ts';

export interface FleetRollout {
  readonly tookMs: number;
  /** To the Cloudflare API. */
  readonly calls: readonly LoggedCall[];
  readonly targets: RolloutProgress['targets'];
}

/** The current release goes to every stack in one wave, as `freehold rollouts start` has it go. */
export async function rollOut(platform: PlatformClient, control: CloudControl): Promise<FleetRollout> {
  const { id } = await platform.post<RolloutProgress>('/admin/rollouts', { waves: [100], soak_ms: 0 });
  const began = performance.now();
  await platform.post(`/admin/rollouts/${id}/start`, {});
  const { targets } = await watchRollout(platform, id, { json: !process.stderr.isTTY });
  const tookMs = performance.now() - began;
  const calls = (await control.calls()).filter(({ on }) => on === 'api');
  return { tookMs, calls, targets };
}
