import * as z from 'zod';
import { emailSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { contactCompanyEntity } from './contact-company.ts';
import type { EntityDefinition } from './entity.ts';
import { optional, personHasAName, personName, phoneSchema } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';

export const contactIndividualEntity: EntityDefinition = {
  name: 'contact-individual',
  path: '/contact-individuals',
  table: 'contact_individuals',
  fields: z.strictObject({
    ...personName,
    contact_company_id: optional(uuidSchema),
    email: optional(emailSchema),
    phone: optional(phoneSchema),
  }),
  check: personHasAName,
  example: { first_name: 'Tess', last_name: 'Teller', email: 'tess@bank.example' },
  indexed: { first_name: 'text', last_name: 'text', contact_company_id: 'text', email: 'text' },
  searched: ['first_name', 'last_name'],
  references: { contact_company_id: { entity: () => contactCompanyEntity, onDelete: 'clear' } },
  permissions: CASEWORK,
};
