import * as z from 'zod';
import { uuidSchema } from '#shared-schema/fields/fields.ts';
import { clientEntity } from './client.ts';
import { clientDependantEntity } from './client-dependant.ts';
import type { EntityDefinition } from './entity.ts';
import { optional } from './field-schemas.ts';
import { LINKS } from './permissions.ts';

/** That a client has a dependant: `child`, `spouse`, or as the firm calls it. Gone with either of them. */
export const clientDependantClientEntity: EntityDefinition = {
  name: 'client-dependant-client',
  path: '/client-dependant-clients',
  table: 'client_dependant_clients',
  fields: z.strictObject({
    client_id: uuidSchema,
    client_dependant_id: uuidSchema,
    relationship: optional(z.string().trim().max(100, 'A relationship has at most 100 characters.')),
  }),
  indexed: { client_id: 'text', client_dependant_id: 'text', relationship: 'choice' },
  references: {
    client_id: { entity: () => clientEntity, onDelete: 'delete' },
    client_dependant_id: { entity: () => clientDependantEntity, onDelete: 'delete' },
  },
  unique: [{ fields: ['client_id', 'client_dependant_id'], error: 'RECORD_EXISTS' }],
  permissions: LINKS,
};
