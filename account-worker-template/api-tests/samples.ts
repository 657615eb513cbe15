import { randomUUID } from 'node:crypto';
import type { Api } from './api.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Sample {
  readonly path: string;
  /** The `entity` of its change entries. */
  readonly entity: string;
  /** Every field that a caller may give; what it refers to is made before. */
  readonly fields: (refer: (path: string) => Promise<string>) => Promise<Fields> | Fields;
  readonly patch: Fields;
  /** Fields that a list is filtered by, with the sample's own values. */
  readonly filters: readonly string[];
  /** What a list is sorted by. */
  readonly sort: string;
}

/** A word that no other record has: filters by it find one record, however often the tests ran before. */
const unique = (word: string) => `${word}${randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** Every entity of the account, in an order in which each refers only to those before. */
export const SAMPLES: readonly Sample[] = [
  {
    ...{ path: '/groups', entity: 'group', filters: ['name'], sort: 'name' },
    fields: () => ({ name: unique('Conveyancing'), description: 'Houses and flats' }),
    patch: { description: 'Houses' },
  },
  {
    ...{ path: '/users', entity: 'user', filters: ['email', 'role'], sort: 'name' },
    fields: async (refer) => ({
      ...{ name: 'Cy Lane', email: `${unique('cy')}@acme.example`, role: 'member' },
      group_ids: [await refer('/groups')],
    }),
    patch: { name: 'Cy Long' },
  },
  {
    ...{ path: '/clients', entity: 'client', filters: ['email', 'kind', 'last_name'], sort: 'last_name' },
    fields: async (refer) => ({
      ...{ kind: 'individual', title: 'Ms', first_name: 'Bea', last_name: unique('Stone') },
      ...{ email: `${unique('bea')}@stone.example`, phone: '+44 20 7946 0000', date_of_birth: '1980-02-29' },
      addresses: [
        {
          line_1: '1 High Street',
          line_2: 'Flat 2',
          city: 'Leeds',
          county: null,
          postcode: 'LS1',
          country: 'GB',
        },
      ],
      ...{ status: 'active', owner_user_id: await refer('/users'), tags: ['vip'] },
    }),
    patch: { status: 'inactive', tags: ['vip', 'moved'] },
  },
  {
    ...{ path: '/client-dependants', entity: 'client-dependant', filters: ['last_name'], sort: 'last_name' },
    fields: () => ({ first_name: 'Kit', last_name: unique('Stone'), date_of_birth: '2020-02-29' }),
    patch: { first_name: 'Kitty' },
  },
  {
    ...{ path: '/client-dependant-clients', entity: 'client-dependant-client' },
    ...{ filters: ['client_id', 'client_dependant_id'], sort: 'created_at' },
    fields: async (refer) => ({
      client_id: await refer('/clients'),
      client_dependant_id: await refer('/client-dependants'),
      relationship: 'child',
    }),
    patch: { relationship: 'ward' },
  },
  {
    ...{ path: '/cases', entity: 'case', filters: ['client_id', 'status'], sort: 'due_at' },
    fields: async (refer) => ({
      ...{ client_id: await refer('/clients'), title: unique('Purchase'), type: 'conveyancing' },
      ...{ status: 'open', owner_user_id: await refer('/users'), due_at: 1_800_000_000_000 },
    }),
    patch: { status: 'on_hold' },
  },
  {
    ...{ path: '/case-tasks', entity: 'case-task', filters: ['case_id'], sort: 'due_at' },
    fields: async (refer) => ({
      ...{ case_id: await refer('/cases'), title: unique('Letter'), due_at: 1_800_000_000_000 },
      assignee_user_id: await refer('/users'),
    }),
    patch: { title: 'Write the letter' },
  },
  {
    ...{ path: '/contact-companies', entity: 'contact-company', filters: ['name', 'email'], sort: 'name' },
    fields: () => ({ name: unique('Bank'), email: `${unique('bank')}@bank.example`, phone: '1' }),
    patch: { phone: '2' },
  },
  {
    ...{ path: '/contact-individuals', entity: 'contact-individual' },
    ...{ filters: ['last_name', 'contact_company_id'], sort: 'last_name' },
    fields: async (refer) => ({
      ...{ first_name: 'Tess', last_name: unique('Teller'), email: 'tess@bank.example', phone: '1' },
      contact_company_id: await refer('/contact-companies'),
    }),
    patch: { phone: null },
  },
  {
    ...{ path: '/documents', entity: 'document', filters: ['name', 'client_id', 'status'], sort: 'name' },
    fields: async (refer) => ({
      ...{ name: `${unique('Deed')}.pdf`, content_type: 'application/pdf', size: 1 },
      ...{ sha256: 'a0'.repeat(32), client_id: await refer('/clients'), case_id: await refer('/cases') },
    }),
    patch: { name: 'Lease.pdf' },
  },
];

/** Makes a record of the entity, and what it refers to. */
export async function createSample(api: Api, { path, fields }: Sample) {
  const given = await fields(async (needed) => (await createSample(api, sampleOf(needed))).record.id);
  return { given, record: (await api.post(path, given)).body };
}

export function sampleOf(path: string): Sample {
  const found = SAMPLES.find((sample) => sample.path === path);
  if (!found) throw new Error(`There is no sample of ${path}.`);
  return found;
}
