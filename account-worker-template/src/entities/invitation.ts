import * as z from 'zod';
import { roleSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { emailSchema, nameSchema, timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import type { Condition } from '../database/condition.ts';
import { sql } from '../database/sql.ts';
import type { EntityDefinition, RecordWrite } from './entity.ts';

/** The body of `POST /invitations`. */
export const invitationInputSchema = z.strictObject({
  email: emailSchema,
  name: nameSchema,
  role: roleSchema.default('member'),
});
export type InvitationInput = z.infer<typeof invitationInputSchema>;

export const invitationFields = invitationInputSchema.extend({
  status: z.enum(['pending', 'accepted']),
  expires_at: timestampSchema,
  /** Who came of it. */
  user_id: uuidSchema.nullable(),
});
export type InvitationFields = z.infer<typeof invitationFields>;

/** Made by `POST /invitations` and changed by nobody: it is accepted, revoked (deleted), or runs out. */
export const invitationEntity: EntityDefinition = {
  name: 'invitation',
  path: '/invitations',
  table: 'invitations',
  fields: invitationFields,
  indexed: { email: 'text', role: 'text', status: 'text', expires_at: 'integer' },
  permissions: {
    owner: ['read', 'create', 'delete'],
    admin: ['read', 'create', 'delete'],
    member: [],
    viewer: [],
  },
  rules: (write) => onlyOwnersInviteOwners(write),
};

function onlyOwnersInviteOwners({ actor, action, id, after }: RecordWrite): Condition[] {
  if (actor.role === 'owner') return [];
  if (after?.role === 'owner') throw new PlatformError('FORBIDDEN');
  if (action === 'create') return [];
  return [
    {
      holds: sql`NOT EXISTS (SELECT 1 FROM invitations WHERE id = ${id} AND role = 'owner')`,
      error: () => new PlatformError('FORBIDDEN'),
    },
  ];
}
