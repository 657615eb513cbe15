import * as z from 'zod';
import { roleSchema } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { emailSchema, nameSchema, passwordSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { hashPassword } from '#shared-schema/hashing/password-hash.ts';
import type { Condition } from '../database/condition.ts';
import { sql } from '../database/sql.ts';
import type { EntityDefinition, RecordWrite } from './entity.ts';
import { groupEntity } from './group.ts';
import { ADMINISTRATION } from './permissions.ts';

const MAX_GROUPS = 100;

export const userEntity: EntityDefinition = {
  name: 'user',
  path: '/users',
  table: 'users',
  fields: z.strictObject({
    email: emailSchema,
    name: nameSchema,
    role: roleSchema.default('member'),
    status: z.enum(['active', 'inactive']).default('active'),
    group_ids: z
      .array(uuidSchema)
      .transform((ids) => [...new Set(ids)])
      .pipe(z.array(z.string()).max(MAX_GROUPS, `A user is in at most ${MAX_GROUPS} groups.`))
      .default([]),
  }),
  indexed: { email: 'text', name: 'text', role: 'choice', status: 'choice' },
  contains: ['group_ids'],
  searched: ['name'],
  references: { group_ids: { entity: () => groupEntity, onDelete: 'clear' } },
  unique: [{ fields: ['email'], error: 'EMAIL_TAKEN' }],
  permissions: ADMINISTRATION,
  hidden: { password: { schema: passwordSchema, column: 'password_hash', toColumn: (p) => hashPassword(p) } },
  rules: (write) => [...onlyOwnersTouchOwners(write), ...lastOwnerStays(write)],
  ruleErrors: { update: ['LAST_OWNER'], delete: ['LAST_OWNER'] },
  effects: ({ id, after, now }, happened) =>
    after?.status === 'active'
      ? []
      : [
          sql`UPDATE sessions SET ended_at = ${now} WHERE user_id = ${id} AND ended_at IS NULL AND ${happened}`,
        ],
};

function onlyOwnersTouchOwners({ actor, action, id, after }: RecordWrite): Condition[] {
  if (actor.role === 'owner') return [];
  if (after?.role === 'owner') throw new PlatformError('FORBIDDEN');
  if (action === 'create') return [];
  return [
    {
      holds: sql`NOT EXISTS (SELECT 1 FROM users WHERE id = ${id} AND role = 'owner')`,
      error: () => new PlatformError('FORBIDDEN'),
    },
  ];
}

/** `+status` keeps SQLite off the index of status, for there are few owners and many active users. */
function lastOwnerStays({ action, id, after }: RecordWrite): Condition[] {
  if (action === 'create' || (after?.role === 'owner' && after.status === 'active')) return [];
  return [
    {
      holds: sql`NOT EXISTS (SELECT 1 FROM users WHERE id = ${id} AND role = 'owner' AND status = 'active')
        OR EXISTS (SELECT 1 FROM users
          WHERE role = 'owner' AND deleted_at IS NULL AND +status = 'active' AND id <> ${id})`,
      error: () => new PlatformError('LAST_OWNER'),
    },
  ];
}
