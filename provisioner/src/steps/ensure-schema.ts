import type { OperationStep } from '../operations/operation-step.ts';
import { orderWorker } from './order-worker.ts';

/** The stack's database has the schema of its release. The account Worker migrates its own database: no API call. */
export const ensureSchema: OperationStep = {
  name: 'ensure-schema',
  async run(subject, ports) {
    const { schema_version } = await orderWorker(subject, ports, (target) =>
      ports.accountWorkers.migrate(target),
    );
    return { stack: { observed_schema_version: schema_version } };
  },
};
