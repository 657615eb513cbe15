import type { OperationKind } from '#shared-schema/operations/operation.ts';
import { activate } from '../steps/activate.ts';
import { ensureDatabase } from '../steps/ensure-database.ts';
import { ensureOwner } from '../steps/ensure-owner.ts';
import { ensureSchema } from '../steps/ensure-schema.ts';
import { ensureWorker } from '../steps/ensure-worker.ts';
import { verify } from '../steps/verify.ts';
import type { OperationStep } from './operation-step.ts';

/** What each kind of operation consists of, in order. */
export const OPERATION_KINDS: Readonly<Record<OperationKind, readonly OperationStep[]>> = {
  provision: [ensureDatabase, ensureWorker, ensureSchema, ensureOwner, verify, activate],
};
