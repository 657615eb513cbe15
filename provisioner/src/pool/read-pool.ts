import * as z from 'zod';
import { residencySchema } from '#shared-schema/accounts/account.ts';
import type { Pool, PoolSizes } from '#shared-schema/stacks/pool.ts';
import { LATEST_RELEASE } from '../registry/latest-release.ts';

const countSchema = z.object({
  residency: residencySchema,
  ready: z.int(),
  building: z.int(),
  stale: z.int(),
});

/** What the pool of each residency holds. Reads the stacks of the pool and no others. */
export async function readPool(registry: D1Database, sizes: PoolSizes): Promise<Pool[]> {
  const { results } = await registry
    .prepare(
      `SELECT residency,
         SUM(status = 'ready' AND release_id = ${LATEST_RELEASE}) AS ready,
         SUM(status = 'building') AS building,
         SUM(status = 'ready' AND release_id <> ${LATEST_RELEASE}) AS stale
       FROM stacks WHERE account_id IS NULL AND status IN ('building', 'ready') GROUP BY residency`,
    )
    .all();
  const counts = new Map(results.map((row) => countSchema.parse(row)).map((row) => [row.residency, row]));
  return residencySchema.options.map((residency) => ({
    ...{ residency, size: sizes[residency] ?? 0, ready: 0, building: 0, stale: 0 },
    ...counts.get(residency),
  }));
}
