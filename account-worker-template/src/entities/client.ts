import * as z from 'zod';
import type { FieldProblem } from '#shared-schema/errors/platform-error.ts';
import { emailSchema, nameSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import type { Fields } from '../records/changed-fields.ts';
import type { EntityDefinition } from './entity.ts';
import { dateSchema, optional, phoneSchema } from './field-schemas.ts';
import { CASEWORK } from './permissions.ts';
import { userEntity } from './user.ts';

const MAX_TAGS = 20;
const MAX_ADDRESSES = 20;

const line = z.string().trim().max(200, 'A line of an address has at most 200 characters.');

const addressSchema = z.strictObject({
  line_1: line.min(1, 'An address has a first line.'),
  line_2: optional(line),
  city: optional(line),
  county: optional(line),
  postcode: optional(z.string().trim().max(20, 'A postcode has at most 20 characters.')),
  country: optional(
    z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{2}$/, 'A country is two letters, as ISO 3166-1 has them: GB.'),
  ),
});

const tagSchema = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, 'A tag has at least one character.')
  .max(40, 'A tag has at most 40 characters.');

export const clientEntity: EntityDefinition = {
  name: 'client',
  path: '/clients',
  table: 'clients',
  fields: z.strictObject({
    kind: z.enum(['individual', 'company']),
    title: optional(z.string().trim().max(40, 'A title has at most 40 characters.')),
    first_name: optional(nameSchema),
    last_name: optional(nameSchema),
    company_name: optional(nameSchema),
    email: optional(emailSchema),
    phone: optional(phoneSchema),
    date_of_birth: optional(dateSchema),
    addresses: z
      .array(addressSchema)
      .max(MAX_ADDRESSES, `A client has at most ${MAX_ADDRESSES} addresses.`)
      .default([]),
    status: z.enum(['active', 'inactive', 'archived']).default('active'),
    owner_user_id: optional(uuidSchema),
    tags: z
      .array(tagSchema)
      .transform((tags) => [...new Set(tags)])
      .pipe(z.array(z.string()).max(MAX_TAGS, `A client has at most ${MAX_TAGS} tags.`))
      .default([]),
  }),
  check: hasAName,
  example: { kind: 'individual', first_name: 'Bob', last_name: 'Stone', email: 'bob@stone.example' },
  indexed: {
    kind: 'choice',
    status: 'choice',
    owner_user_id: 'text',
    email: 'text',
    first_name: 'text',
    last_name: 'text',
    company_name: 'text',
    date_of_birth: 'date',
  },
  combined: [
    ['status', 'last_name'],
    ['status', 'company_name'],
    ['status', 'updated_at'],
    ['kind', 'last_name'],
    ['kind', 'company_name'],
  ],
  contains: ['tags'],
  searched: ['first_name', 'last_name', 'company_name'],
  references: { owner_user_id: { entity: () => userEntity, onDelete: 'clear' } },
  permissions: CASEWORK,
};

function hasAName(client: Fields): FieldProblem[] {
  if (client.kind === 'company' && client.company_name === null) {
    return [{ field: 'company_name', message: 'A company has a company_name.' }];
  }
  if (client.kind === 'individual' && client.first_name === null && client.last_name === null) {
    return [{ field: 'last_name', message: 'An individual has a first_name or a last_name.' }];
  }
  return [];
}
