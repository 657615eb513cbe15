import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { PlatformClient } from '#provisioner/cli/platform-client.ts';
import { poolSchema } from '#shared-schema/stacks/pool.ts';

const poolsSchema = z.object({ data: z.tuple([poolSchema]) });
const FILLED_WITHIN_MS = 5 * 60_000;

/** Waits until so many stacks are ready and nothing is at work on the others, so that only signups are measured. */
export async function fillPoolTo(instance: LocalInstance, ready: number): Promise<void> {
  const platform = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
  const deadline = performance.now() + FILLED_WITHIN_MS;
  while (performance.now() < deadline) {
    const { data } = poolsSchema.parse(await platform.post('/admin/pool/fill', {}));
    if (data[0].ready >= Math.max(ready, data[0].size)) return;
    await delay(500);
  }
  throw new Error(`The pool did not hold ${ready} stacks within ${FILLED_WITHIN_MS / 60_000} minutes.`);
}
