import type { Platform } from '../platform.ts';

/** Has the operation driven. It is recorded already: where no Workflow can be started, the reconciler takes it up. */
export async function startWorkflow(
  platform: Platform,
  operationId: string,
  requestId: string,
): Promise<void> {
  try {
    await platform.env.OPERATIONS.create({ id: operationId, params: { operationId } });
  } catch (thrown) {
    console.error(
      JSON.stringify({
        ...{ event: 'workflow-not-started', operation_id: operationId, request_id: requestId },
        error: thrown instanceof Error ? thrown.stack : String(thrown),
      }),
    );
  }
}
