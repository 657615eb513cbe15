import type { ApiLane } from '#shared-schema/api-budget/api-budget.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';

/**
 * From which lane of the API budget each kind of operation is paid: `signup` where a person waits for an account,
 * `repair` for work on one account, `fleet` for work on many and for stacks made ahead of need.
 */
export const OPERATION_LANES: Readonly<Record<OperationKind, ApiLane>> = {
  provision: 'signup',
  'prepare-stack': 'fleet',
  suspend: 'repair',
  resume: 'repair',
  repair: 'repair',
  'change-slug': 'repair',
};
