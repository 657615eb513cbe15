import { getRollout } from '#provisioner/registry/rollouts.ts';
import { advanceRollout } from '#provisioner/rollouts/advance-rollout.ts';
import { changeRollout, type RolloutVerb } from '#provisioner/rollouts/change-rollout.ts';
import { readFleet } from '#provisioner/rollouts/read-fleet.ts';
import { readRollout } from '#provisioner/rollouts/read-rollout.ts';
import { rollBack } from '#provisioner/rollouts/roll-back.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { fleetSchema } from '#shared-schema/rollouts/fleet.ts';
import {
  rolloutProgressSchema,
  rolloutSchema,
  rolloutTargetSchema,
} from '#shared-schema/rollouts/rollout.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import type { Platform } from '../platform.ts';
import { ROLLOUT_LIST, TARGET_LIST, targetList } from './rollout-lists.ts';

/** For how long one request carries a rollout on: 15 seconds. Whoever watches asks again. */
export const RUN_FOR_MS = 15_000;

const tag = 'admin: rollouts';
const PROGRESS = { name: 'RolloutProgress', schema: rolloutProgressSchema };
const asItIs = { 200: { description: 'The rollout as it is now.', body: PROGRESS } };

export const listRolloutsRoute: PlatformRoute = {
  name: 'adminListRollouts',
  tag,
  summary: 'List rollouts',
  list: ROLLOUT_LIST.definition,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Rollout', schema: () => rolloutSchema }) },
  },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, ROLLOUT_LIST),
};

export const readRolloutRoute: PlatformRoute = {
  name: 'adminReadRollout',
  tag,
  summary: 'See how far a rollout has come',
  answers: asItIs,
  errors: ['ROLLOUT_NOT_FOUND'],
  handler: ({ env: { platform }, req }) => answerRollout(platform, req.param('id') ?? ''),
};

export const listTargetsRoute: PlatformRoute = {
  name: 'adminListRolloutTargets',
  tag,
  summary: 'List the stacks of a rollout, each with what became of it',
  list: TARGET_LIST.definition,
  answers: {
    200: {
      description: 'One page.',
      body: pageOf({ name: 'RolloutTarget', schema: () => rolloutTargetSchema }),
    },
  },
  errors: ['ROLLOUT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const rollout = await getRollout(platform.env.REGISTRY, req.param('id') ?? '');
    return answerList(platform.env.REGISTRY, req.url, targetList(rollout));
  },
};

export const startRolloutRoute = verbRoute('start', {
  summary: 'Start a planned rollout',
  description: 'New stacks get its release from then on.',
});
export const pauseRolloutRoute = verbRoute('pause', {
  summary: 'Pause a rollout: nothing more begins',
  description: 'What is at work on a stack goes on to its end.',
});
export const resumeRolloutRoute = verbRoute('resume', {
  summary: 'Go on with a rollout that paused, or that ended with failed stacks',
  description: 'Stacks that failed are tried again; none that is done is touched.',
});
export const abortRolloutRoute = verbRoute('abort', {
  summary: 'End a rollout where it is',
  description: 'What it changed stays. New stacks get the release before it.',
});

export const runRolloutRoute: PlatformRoute = {
  name: 'adminRunRollout',
  tag,
  summary: 'Carry a rollout on for up to 15 seconds',
  description: 'The cron does the same every minute. Does nothing where another driver is at work on it.',
  answers: asItIs,
  errors: ['ROLLOUT_NOT_FOUND'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const id = req.param('id') ?? '';
    await advanceRollout(platform.rolloutPorts(requestId), id, platform.now() + RUN_FOR_MS);
    return answerRollout(platform, id);
  },
};

export const rollBackRoute: PlatformRoute = {
  name: 'adminRollBackRollout',
  tag,
  summary: 'Take back what a rollout changed, and nothing else',
  description:
    'Begins another rollout that brings each of its stacks to the release it had before; answers that one. The schema stays.',
  answers: {
    201: { description: 'The rollout that takes it back.', body: PROGRESS, headers: ['Location'] },
  },
  errors: ['ROLLOUT_NOT_FOUND', 'ROLLOUT_STATUS_CONFLICT', 'ROLLOUT_IN_PROGRESS', 'ROLLOUT_EMPTY'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const id = await rollBack(portsOf(platform), req.param('id') ?? '', requestId);
    return answerRollout(platform, id, 201);
  },
};

export const readFleetRoute: PlatformRoute = {
  name: 'adminReadFleet',
  tag,
  summary: 'See what releases and schemas the fleet runs, and what failed',
  answers: { 200: { description: 'The fleet as it is now.', body: { name: 'Fleet', schema: fleetSchema } } },
  handler: async ({ env: { platform } }) => Response.json(await readFleet(platform.env.REGISTRY)),
};

function verbRoute(verb: RolloutVerb, { summary, description }: { summary: string; description: string }) {
  return {
    name: `admin${verb[0]?.toUpperCase()}${verb.slice(1)}Rollout`,
    ...{ tag, summary, description },
    answers: asItIs,
    errors: ['ROLLOUT_NOT_FOUND', 'ROLLOUT_STATUS_CONFLICT', 'ROLLOUT_IN_PROGRESS'],
    handler: async ({ env: { platform, requestId }, req }) => {
      const id = req.param('id') ?? '';
      await changeRollout(portsOf(platform), id, verb, requestId);
      return answerRollout(platform, id);
    },
  } satisfies PlatformRoute;
}

function portsOf({ env: { REGISTRY: registry }, now, newId }: Platform) {
  return { registry, now, newId };
}

async function answerRollout({ env, now }: Platform, id: string, status = 200): Promise<Response> {
  const progress = await readRollout(env.REGISTRY, id, now());
  const headers = { location: `/admin/rollouts/${id}` };
  return Response.json(progress, { status, ...(status === 201 && { headers }) });
}
