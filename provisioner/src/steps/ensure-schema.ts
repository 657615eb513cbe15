import type { OperationStep } from '../operations/operation-step.ts';
import { controlTarget } from './control-target.ts';

/** The stack's database has the schema of its release. The account Worker migrates its own database: no API call. */
export const ensureSchema: OperationStep = {
  name: 'ensure-schema',
  async run({ stack }, { accountWorkers }) {
    const { schema_version } = await accountWorkers.migrate(controlTarget(stack));
    return { stack: { observed_schema_version: schema_version } };
  },
};
