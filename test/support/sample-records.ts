import { randomUUID } from 'node:crypto';
import type { Visitor } from './account.ts';
import type { AnsweredBody } from './account-worker.ts';

/** What the platform sends with an invitation, as the hash of a token; nothing else takes notice of it. */
export function oneTimeToken() {
  return { 'x-freehold-one-time-token-sha256': `${randomUUID()}${randomUUID()}`.replaceAll('-', '') };
}

interface Sample {
  /** The least that makes one, besides what it refers to. */
  readonly fields: () => Readonly<Record<string, unknown>>;
  /** Fields that must refer to a record, and of which entity. */
  readonly needs?: Readonly<Record<string, string>>;
  /** A change that each of them takes. */
  readonly patch: Readonly<Record<string, unknown>>;
}

/** One record of each entity, by the entity's path. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  '/users': {
    fields: () => ({ name: 'Sample', email: `${randomUUID()}@sample.test` }),
    patch: { name: 'Other' },
  },
  '/groups': { fields: () => ({ name: 'Conveyancing' }), patch: { description: 'Houses' } },
  '/clients': { fields: () => ({ kind: 'company', company_name: 'Sample' }), patch: { phone: '1' } },
  '/client-dependants': { fields: () => ({ first_name: 'Kit' }), patch: { date_of_birth: '2020-02-29' } },
  '/client-dependant-clients': {
    fields: () => ({}),
    needs: { client_id: '/clients', client_dependant_id: '/client-dependants' },
    patch: { relationship: 'child' },
  },
  '/cases': {
    fields: () => ({ title: 'A purchase' }),
    needs: { client_id: '/clients' },
    patch: { type: 'conveyancing' },
  },
  '/case-tasks': {
    fields: () => ({ title: 'Write a letter' }),
    needs: { case_id: '/cases' },
    patch: { due_at: 1 },
  },
  '/contact-companies': { fields: () => ({ name: 'A bank' }), patch: { email: 'bank@sample.test' } },
  '/documents': {
    fields: () => ({ name: 'Deed.pdf', content_type: 'application/pdf', size: 1, sha256: 'a0'.repeat(32) }),
    patch: { name: 'Lease.pdf' },
  },
  '/invitations': {
    fields: () => ({ name: 'Sample', email: `${randomUUID()}@sample.test` }),
    patch: {},
  },
  '/contact-individuals': { fields: () => ({ last_name: 'Teller' }), patch: { phone: '2' } },
};

/** The body of a POST that makes the least record of the entity, after making what it needs. */
export async function sampleFields(visitor: Visitor, path: string): Promise<Record<string, unknown>> {
  const { fields, needs = {} } = sample(path);
  const referred = Object.entries(needs).map(async ([field, needed]) => [
    field,
    (await createSample(visitor, needed)).id,
  ]);
  return { ...fields(), ...Object.fromEntries(await Promise.all(referred)) };
}

export async function createSample(
  visitor: Visitor,
  path: string,
  fields: object = {},
): Promise<AnsweredBody> {
  const { status, body } = await visitor.post(
    path,
    { ...(await sampleFields(visitor, path)), ...fields },
    oneTimeToken(),
  );
  if (status !== 201) throw new Error(`The sample of ${path} was refused: ${JSON.stringify(body)}`);
  return body;
}

export function samplePatch(path: string): Readonly<Record<string, unknown>> {
  return sample(path).patch;
}

function sample(path: string): Sample {
  const found = SAMPLES[path];
  if (!found) throw new Error(`There is no sample of ${path}: add one.`);
  return found;
}
