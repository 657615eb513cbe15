import * as z from 'zod';
import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/** To which release the stack goes. */
export const upgradeOrderSchema = z.object({ release_id: z.string() });

/**
 * The stack's database has the schema of the release that it goes to, while its Worker is still the one before. What was
 * there before the first migration is a fact: the time, and the bookmark that Time Travel takes. No API call, and no word to
 * the Worker where the schema was seen already: it may be unwell, and the stack on its way off that release.
 *
 * Errors: `MIGRATION_FAILED`, `MIGRATION_EDITED`, and then nothing of that migration is left.
 */
export const advanceSchema: OperationStep = {
  name: 'advance-schema',
  async run(subject, ports) {
    const release = await ports.releases.bundle(upgradeOrderSchema.parse(subject.input).release_id);
    if (Number(subject.stack.observed_schema_version) >= release.schema_version) return {};
    const order = { migrations: release.migrations.map(({ name, sql }) => ({ name, sql })) };
    const changedAt = ports.now();
    const { schema_version, bookmark_before } = await orderWorker(subject, ports, (target) =>
      ports.accountWorkers.migrate(target, order),
    );
    return {
      stack: { observed_schema_version: schema_version },
      ...(bookmark_before !== null && { facts: { bookmark_before, schema_changed_at: changedAt } }),
    };
  },
};
