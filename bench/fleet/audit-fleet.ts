import type { CloudControl } from '#local-cloud/host/cloud-control.ts';
import { lookAtFleet } from '#provisioner/cli/audit-fleet.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import type { PlatformClient } from '#provisioner/cli/platform-client.ts';
import type { Finding } from '#shared-schema/audit/finding.ts';
import { queryRegistry } from '../load/query-registry.ts';

/**
 * The audit looks at every stack of a fleet in which nothing is wrong. Throws where it finds something, or left a stack out: all were
 * changed just now, so their registry is told first that it was long ago.
 */
export async function auditFleet(
  instance: LocalInstance,
  platform: PlatformClient,
  control: CloudControl,
): Promise<void> {
  await queryRegistry(instance, 'UPDATE stacks SET updated_at = 0');
  await control.clearCalls();
  const began = performance.now();
  const look = await lookAtFleet(platform, { json: !process.stderr.isTTY });
  const tookS = ((performance.now() - began) / 1000).toFixed(0);
  const calls = (await control.calls()).filter(({ on }) => on === 'api').length;
  const { data } = await platform.get<{ data: Finding[] }>('/admin/findings?status=open&limit=200');
  console.log(
    `audit: ${look.looked_at} stacks looked at in ${tookS} s, ${look.schemas_compared} schemas compared`,
  );
  console.log(`  left out                         ${look.missed + look.unsettled}  (to reach: 0)`);
  console.log(`  false alarms                     ${data.length}  (to reach: 0)`);
  console.log(`  API calls a stack                ${(calls / look.looked_at).toFixed(3)}`);
  if (data.length + look.missed + look.unsettled > 0)
    throw new Error('The audit of a clean fleet is not clean.');
}
