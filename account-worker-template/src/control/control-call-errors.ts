import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';

/** What a route that the platform answers by a control call can answer besides that call's own codes. */
export const CONTROL_CALL_ERRORS = [
  'MIGRATION_EDITED',
  'MIGRATION_FAILED',
  'STACK_IDENTITY_MISMATCH',
  'STACK_UNHEALTHY',
] as const satisfies ErrorCode[];
