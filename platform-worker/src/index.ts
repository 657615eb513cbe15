import { reconcileOperations } from '#provisioner/reconciler/reconcile-operations.ts';
import type { Environment } from './environment.ts';
import { handleRequest } from './http/handle-request.ts';
import { platformOf } from './platform.ts';

export { OperationWorkflow } from './operations/operation-workflow.ts';

export default {
  fetch: (request, env, context) => handleRequest(platformOf(env), request, context),
  scheduled: async (_controller, env) => {
    await reconcileOperations(platformOf(env).operationPorts(crypto.randomUUID()));
  },
} satisfies ExportedHandler<Environment>;
