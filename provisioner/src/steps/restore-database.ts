import * as z from 'zod';
import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { restorePointSchema } from '#shared-schema/exports/restore-orders.ts';
import type { OperationStep } from '../operations/operation-step.ts';
import { goOnWith } from './poll-again.ts';

const factsSchema = z.object({ restore_to: z.string() });

/**
 * The stack's database is what it was at the ordered point. Which bookmark that is, and which one leads back, is recorded first
 * (facts `restore_to`, `bookmark_before`). Nobody writes meanwhile, so a repeat after a lost reply comes to the same state.
 *
 * Error: `RESTORE_POINT_INVALID` where D1 does not hold that point.
 */
export const restoreDatabase: OperationStep = {
  name: 'restore-database',
  async run({ facts, input, stack }, ports) {
    const { cloudflare } = ports;
    if (stack.database_id === null) throw new TypeError('Only a stack that has a database is restored.');
    try {
      const known = factsSchema.safeParse(facts);
      if (known.success) {
        await cloudflare.restoreDatabase(stack.database_id, known.data.restore_to);
        return {};
      }
      const point = restorePointSchema.parse(input);
      const bookmark_before = await cloudflare.readBookmark(stack.database_id);
      const restore_to =
        point.bookmark ?? (await cloudflare.readBookmark(stack.database_id, point.timestamp));
      return goOnWith({ bookmark_before, restore_to }, ports);
    } catch (thrown) {
      if (asPlatformError(thrown).code !== 'CLOUDFLARE_REJECTED') throw thrown;
      throw new PlatformError('RESTORE_POINT_INVALID', { cause: thrown });
    }
  },
};
