import * as z from 'zod';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { caseEntity } from './case.ts';
import type { EntityDefinition } from './entity.ts';
import { optional, titleSchema } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';
import { userEntity } from './user.ts';

export const caseTaskEntity: EntityDefinition = {
  name: 'case-task',
  path: '/case-tasks',
  table: 'case_tasks',
  fields: z.strictObject({
    case_id: uuidSchema,
    title: titleSchema,
    status: z.enum(['open', 'in_progress', 'done', 'cancelled']).default('open'),
    assignee_user_id: optional(uuidSchema),
    due_at: optional(timestampSchema),
    completed_at: optional(timestampSchema),
  }),
  stamped: { completed_at: ({ status }) => status === 'done' },
  indexed: {
    case_id: 'text',
    title: 'text',
    status: 'choice',
    assignee_user_id: 'text',
    due_at: 'integer',
    completed_at: 'integer',
  },
  combined: [
    ['status', 'due_at'],
    ['assignee_user_id', 'due_at'],
  ],
  searched: ['title'],
  references: {
    case_id: { entity: () => caseEntity, onDelete: 'delete' },
    assignee_user_id: { entity: () => userEntity, onDelete: 'clear' },
  },
  permissions: CASEWORK,
};
