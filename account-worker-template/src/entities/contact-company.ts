import * as z from 'zod';
import { emailSchema, nameSchema } from '#shared-schema/fields/fields.ts';
import type { EntityDefinition } from './entity.ts';
import { optional, phoneSchema } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';

export const contactCompanyEntity: EntityDefinition = {
  name: 'contact-company',
  path: '/contact-companies',
  table: 'contact_companies',
  fields: z.strictObject({ name: nameSchema, email: optional(emailSchema), phone: optional(phoneSchema) }),
  indexed: { name: 'text', email: 'text' },
  searched: ['name'],
  permissions: CASEWORK,
};
