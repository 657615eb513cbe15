import { runOperation } from '#provisioner/operations/run-operation.ts';
import { getOperation } from '#provisioner/registry/operations.ts';
import { requireAccount } from '../accounts/account-rows.ts';
import { type IdempotentRequest, keepBetterAnswer, sendAnswer } from '../http/idempotency-store.ts';
import type { Platform } from '../platform.ts';

/**
 * Carries the operation of a warm signup to its end within the request, and answers 201 with the active account; null where
 * it did not come to a good end at once, and others have to drive it.
 */
export async function finishSignup(
  platform: Platform,
  operationId: string,
  idempotent: IdempotentRequest,
  requestId: string,
): Promise<Response | null> {
  const registry = platform.env.REGISTRY;
  await runOperation(platform.operationPorts(requestId), operationId, 'signup');
  const operation = await getOperation(registry, operationId);
  if (operation.status !== 'succeeded' || operation.account_id === null) return null;
  const account = await requireAccount(platform, operation.account_id);
  const answer = { status: 201, location: `/operations/${operationId}`, body: { account, operation } };
  await keepBetterAnswer(registry, idempotent, answer);
  return sendAnswer(answer);
}
