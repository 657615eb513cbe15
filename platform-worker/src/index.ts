import { runOperations } from '#provisioner/operations/run-operations.ts';
import { fillPool } from '#provisioner/pool/fill-pool.ts';
import { observeHostnames } from '#provisioner/reconciler/observe-hostnames.ts';
import { reconcileOperations } from '#provisioner/reconciler/reconcile-operations.ts';
import { survey } from '#provisioner/reconciler/survey.ts';
import { advanceRollouts } from '#provisioner/rollouts/advance-rollouts.ts';
import type { Environment } from './environment.ts';
import { sweepFiles } from './files/sweep-files.ts';
import { handleRequest } from './http/handle-request.ts';
import { purgeWhatIsDue } from './lifecycle/purge-what-is-due.ts';
import { platformOf } from './platform.ts';

export { OperationWorkflow } from './operations/operation-workflow.ts';

/** For how long one run of the cron carries rollouts on: until the next comes. */
const ROLLOUTS_FOR_MS = 50_000;

export default {
  fetch: (request, env, context) => handleRequest(platformOf(env), request, context),
  scheduled: async (_controller, env) => {
    const platform = platformOf(env);
    const requestId = crypto.randomUUID();
    // Each to its end, whatever becomes of the others; then any failure is the run's.
    const ports = platform.operationPorts(requestId);
    const work = [
      purgeWhatIsDue(platform, requestId),
      advanceRollouts(platform.rolloutPorts(requestId), platform.now() + ROLLOUTS_FOR_MS),
      reconcileOperations(ports),
      fillPool(platform.pool).then((begun) => runOperations(ports, begun, 'pool')),
      survey(platform.surveyPorts(requestId), {
        ...{ actor: 'reconciler', repair: false, removeOrphans: env.REMOVE_ORPHANS === 'yes' },
        after: null,
      }),
      observeHostnames(platform.surveyPorts(requestId)),
      sweepFiles(platform, requestId),
    ];
    await Promise.allSettled(work);
    await Promise.all(work);
  },
} satisfies ExportedHandler<Environment>;
