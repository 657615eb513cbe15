import * as z from 'zod';
import type { EntityDefinition } from './entity.ts';
import { dateSchema, optional, personHasAName, personName } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';

/** Somebody whom clients care for; a link says which client, and how. */
export const clientDependantEntity: EntityDefinition = {
  name: 'client-dependant',
  path: '/client-dependants',
  table: 'client_dependants',
  fields: z.strictObject({ ...personName, date_of_birth: optional(dateSchema) }),
  check: personHasAName,
  example: { first_name: 'Kit', last_name: 'Stone', date_of_birth: '2020-02-29' },
  indexed: { first_name: 'text', last_name: 'text', date_of_birth: 'date' },
  searched: ['first_name', 'last_name'],
  permissions: CASEWORK,
};
