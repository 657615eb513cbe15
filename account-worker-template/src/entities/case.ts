import * as z from 'zod';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { clientEntity } from './client.ts';
import type { EntityDefinition } from './entity.ts';
import { optional, titleSchema } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';
import { userEntity } from './user.ts';

/** A client with a case of any status cannot be deleted: the case would be nobody's. */
export const caseEntity: EntityDefinition = {
  name: 'case',
  path: '/cases',
  table: 'cases',
  fields: z.strictObject({
    client_id: uuidSchema,
    title: titleSchema,
    type: optional(z.string().trim().max(100, 'A type has at most 100 characters.')),
    status: z.enum(['open', 'on_hold', 'closed']).default('open'),
    owner_user_id: optional(uuidSchema),
    opened_at: optional(timestampSchema),
    due_at: optional(timestampSchema),
    closed_at: optional(timestampSchema),
  }),
  numbered: { reference: 'C' },
  stamped: { opened_at: () => true, closed_at: ({ status }) => status === 'closed' },
  indexed: {
    client_id: 'text',
    reference: 'text',
    title: 'text',
    type: 'choice',
    status: 'choice',
    owner_user_id: 'text',
    opened_at: 'integer',
    due_at: 'integer',
    closed_at: 'integer',
  },
  combined: [
    ['status', 'opened_at'],
    ['status', 'due_at'],
    ['owner_user_id', 'due_at'],
  ],
  searched: ['title'],
  references: {
    client_id: { entity: () => clientEntity, onDelete: 'refuse' },
    owner_user_id: { entity: () => userEntity, onDelete: 'clear' },
  },
  permissions: CASEWORK,
};
