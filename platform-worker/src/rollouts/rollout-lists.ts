import * as z from 'zod';
import { errorColumn } from '#provisioner/registry/operation-rows.ts';
import { ROLLOUT_COLUMNS, rolloutRowSchema } from '#provisioner/registry/rollouts.ts';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import {
  type Rollout,
  type RolloutTarget,
  rolloutSchema,
  rolloutTargetSchema,
} from '#shared-schema/rollouts/rollout.ts';
import type { RegistryList } from '../http/list-rows.ts';

export const ROLLOUT_LIST: RegistryList<Rollout, Rollout> = {
  definition: {
    table: 'rollouts',
    columns: ROLLOUT_COLUMNS.split(', '),
    where: '1',
    indexed: { status: 'choice', created_at: 'integer' },
    choices: choicesOf(rolloutSchema.shape),
    fields: Object.keys(rolloutSchema.shape),
  },
  rowSchema: rolloutRowSchema,
  toItem: (row) => row,
};

const targetRowSchema = rolloutTargetSchema.extend({
  id: z.string(),
  error: errorColumn,
});

/** The targets of one rollout. */
export function targetList({ id }: Rollout): typeof TARGET_LIST {
  return { ...TARGET_LIST, definition: { ...TARGET_LIST.definition, where: `rollout_id = '${id}'` } };
}

/** The targets of all rollouts. */
export const TARGET_LIST: RegistryList<z.infer<typeof targetRowSchema>, RolloutTarget> = {
  definition: {
    table: 'rollout_target_details',
    columns: ['id', ...Object.keys(rolloutTargetSchema.shape)],
    where: '1',
    indexed: { status: 'choice' },
    choices: choicesOf(rolloutTargetSchema.shape),
    fields: Object.keys(rolloutTargetSchema.shape),
  },
  rowSchema: targetRowSchema,
  toItem: ({ id: _, ...target }) => target,
};
