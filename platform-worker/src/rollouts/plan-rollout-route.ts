import { planRollout } from '#provisioner/rollouts/plan-rollout.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import {
  type RolloutProgress,
  rolloutOrderSchema,
  rolloutProgressSchema,
} from '#shared-schema/rollouts/rollout.ts';
import {
  type FirstAnswer,
  keepFirstAnswer,
  replayFirstAnswer,
  sendAnswer,
  unlessAnswered,
} from '../http/idempotency-store.ts';
import { idempotentRequest } from '../http/idempotent-request.ts';
import type { PlatformRoute } from '../http/routes.ts';

export const planRolloutRoute: PlatformRoute = {
  name: 'adminPlanRollout',
  tag: 'admin: rollouts',
  summary: 'Plan a rollout: freeze its targets, and move nothing',
  description: 'The answer says its waves, the API calls it takes, and when it ends at the earliest.',
  body: {
    name: 'RolloutOrder',
    schema: rolloutOrderSchema,
    example: { waves: [1, 10, 100], tolerance: '1%', soak_ms: 60_000 },
  },
  takes: ['idempotency-key'],
  answers: {
    201: {
      description: 'The rollout.',
      body: { name: 'RolloutProgress', schema: rolloutProgressSchema },
      headers: ['Location', 'idempotency-replayed'],
    },
  },
  errors: ['RELEASE_NOT_FOUND', 'NO_RELEASE', 'ROLLOUT_EMPTY'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const order = await readJsonBody(req.raw, rolloutOrderSchema);
    const { now, newId } = platform;
    const registry = platform.env.REGISTRY;
    const idempotent = await idempotentRequest(req.raw, order, now());
    // Before anything is chosen: what was to be done then may be done by now.
    const replayed = await replayFirstAnswer(registry, idempotent);
    if (replayed) return replayed;
    const { rollout, planned } = await planRollout({ registry, now, newId }, order, requestId, {
      condition: unlessAnswered(idempotent),
      alongside: (written, condition) => keepFirstAnswer(registry, idempotent, answerOf(written), condition),
    });
    if (planned) return sendAnswer(answerOf(rollout));
    const first = await replayFirstAnswer(registry, idempotent);
    if (first) return first;
    throw new TypeError('A rollout was neither planned, nor planned before.');
  },
};

function answerOf(rollout: RolloutProgress): FirstAnswer {
  return { status: 201, location: `/admin/rollouts/${rollout.id}`, body: rollout };
}
