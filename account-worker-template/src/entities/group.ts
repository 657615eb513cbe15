import * as z from 'zod';
import { nameSchema } from '#shared-schema/fields/fields.ts';
import type { EntityDefinition } from './entity.ts';
import { optional } from './field-schemas.ts';
import { ADMINISTRATION } from './permissions.ts';

/** Users are in it by their `group_ids`. */
export const groupEntity: EntityDefinition = {
  name: 'group',
  path: '/groups',
  table: 'groups',
  fields: z.strictObject({
    name: nameSchema,
    description: optional(z.string().trim().max(2000, 'A description has at most 2000 characters.')),
  }),
  indexed: { name: 'text' },
  searched: ['name'],
  permissions: ADMINISTRATION,
};
