import { setTimeout as delay } from 'node:timers/promises';
import { type Pool, poolSizesSchema } from '#shared-schema/stacks/pool.ts';
import { CliError } from '../cli-error.ts';
import { type BootstrapStep, nothingMissing, type Setup } from './bootstrap-step.ts';
import { platformClient } from './platform-access.ts';

/** How long the pool is filled here; the platform's cron goes on with what is left: 5 minutes. */
const FILL_TIMEOUT_MS = 5 * 60_000;
const FILL_POLL_MS = 1_000;

const POOLED_SQL = `SELECT residency, COUNT(*) AS count FROM stacks
  WHERE account_id IS NULL AND status IN ('building', 'ready') GROUP BY residency`;

/** The pool has its size. Where no admin token is at hand that is left to the platform's cron, which sees to it every minute. */
export const fillPool: BootstrapStep = {
  name: 'pool',
  permission: 'Account › D1 › Edit',
  look: async (setup) => {
    const { config, facts, options } = setup;
    const sizes = poolSizesSchema.parse(JSON.parse(config.vars.POOL_SIZES ?? '{}'));
    const pooled = await countPooled(setup);
    const missing = Object.entries(sizes).flatMap(([residency, size]) => {
      const count = size - (pooled.get(residency) ?? 0);
      return count > 0 ? [`${count} stacks of residency ${residency}`] : [];
    });
    if (missing.length > 0 && facts.adminToken === undefined && !options.dryRun) {
      return { ...nothingMissing, left: `${missing.join(', ')}: left to the cron` };
    }
    return { missing, make: () => fill(setup) };
  },
};

async function countPooled({ account, facts }: Setup): Promise<ReadonlyMap<string, number>> {
  if (facts.registryId === undefined || !facts.isMigrated) return new Map();
  const rows = await account.query<{ residency: string; count: number }>(facts.registryId, POOLED_SQL);
  return new Map(rows.map(({ residency, count }) => [residency, count]));
}

/** Begins it, and waits: what the API budget holds back now, the cron goes on with. */
async function fill(setup: Setup): Promise<void> {
  const client = await platformClient(setup);
  const deadline = Date.now() + FILL_TIMEOUT_MS;
  let { data } = await client.post<{ data: Pool[] }>('/admin/pool/fill', {});
  while (data.some(({ size, ready }) => ready < size)) {
    if (Date.now() > deadline) {
      throw new CliError({
        code: 'POOL_NOT_FULL',
        message: 'The pool did not fill in five minutes. The platform goes on filling it.',
        next: 'See what fails: freehold operations list --filter status=failed',
        context: { data },
      });
    }
    await delay(FILL_POLL_MS);
    ({ data } = await client.get<{ data: Pool[] }>('/admin/pool'));
  }
}
