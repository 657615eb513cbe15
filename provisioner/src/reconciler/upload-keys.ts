import { rebuildPooledStack } from '../pool/mend-pooled-stack.ts';
import { stacksWithoutKey } from '../registry/stack-keys.ts';
import { beginRepair } from './begin-repairs.ts';
import type { SurveyPorts } from './survey-ports.ts';

/** How many stacks one call begins to upload, at most: as many as a survey repairs. */
const UPLOADS_PER_CALL = 20;

export interface KeyUpload {
  readonly keyId: string;
  /** The id of a stack. */
  readonly after: string;
  readonly actor: string;
}

/**
 * Begins an upload of Workers that do not know the key, from those after the given stack on: of an account a repair, of the
 * pool a new preparation. Answers the operations, and the stack to go on after, null where none is left. An account that
 * something else works on is passed over.
 */
export async function uploadKeys(
  ports: Pick<SurveyPorts, 'registry' | 'newId' | 'now'>,
  { keyId, after, actor }: KeyUpload,
): Promise<{ readonly operations: string[]; readonly next: string | null }> {
  const stacks = await stacksWithoutKey(ports.registry, { keyId, after, limit: UPLOADS_PER_CALL });
  const operations: string[] = [];
  for (const { id: stackId, account_id: accountId } of stacks) {
    const order = { stackId, operationId: ports.newId(), now: ports.now() };
    const begun =
      accountId === null
        ? await rebuildPooledStack({ ...ports, actor }, order)
        : await beginRepair(ports, { ...order, accountId }, actor);
    if (begun) operations.push(order.operationId);
  }
  return { operations, next: stacks.length < UPLOADS_PER_CALL ? null : (stacks.at(-1)?.id ?? null) };
}
