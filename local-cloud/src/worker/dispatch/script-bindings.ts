import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import type { DatabasePlace } from '../d1/database-binding.ts';
import type { Env } from '../env.ts';
import { findBucket } from '../r2/bucket-store.ts';
import { getNamespace } from './namespace-store.ts';

const name = z.string().min(1);

const storedBindings = [
  z.object({ type: z.literal('plain_text'), name, text: z.string() }),
  z.object({ type: z.literal('secret_text'), name, text: z.string() }),
  z.object({ type: z.literal('json'), name, json: z.unknown() }),
  z.object({ type: z.literal('d1'), name, id: z.string() }),
  z.object({
    ...{ type: z.literal('r2_bucket'), name, bucket_name: z.string() },
    jurisdiction: z.string().optional(),
  }),
  z.object({ type: z.literal('dispatch_namespace'), name, namespace: z.string() }),
  z.object({ type: z.literal('workflow'), name, workflow_name: z.string(), class_name: z.string() }),
  z.object({
    ...{ type: z.literal('ratelimit'), name, namespace_id: z.string() },
    simple: z.object({ limit: z.number().int(), period: z.union([z.literal(10), z.literal(60)]) }),
  }),
] as const;

/** The types that a user Worker can be given here: a dynamic Worker takes no others. */
const USER_TYPES: readonly string[] = ['plain_text', 'secret_text', 'json', 'd1'];

/** A binding as a script keeps it: `inherit` resolved, the database under `id`. */
export const storedBindingSchema = z.discriminatedUnion('type', storedBindings);

/** A checked {@link storedBindingSchema}. */
export type StoredBinding = z.infer<typeof storedBindingSchema>;

/** A binding of any type, as an upload gives it; {@link resolveBindings} refuses what is not supported here. */
export const uploadedBindingSchema = z.looseObject({ type: z.string(), name });

type UploadedBinding = z.infer<typeof uploadedBindingSchema>;

/** What the bindings of an upload are resolved against. */
export interface PreviousBindings {
  bindings: StoredBinding[];
  /** Types of binding to keep when the upload does not name them. */
  keepTypes: string[];
  /** Whether an `inherit` that cannot be resolved fails the upload; otherwise it is dropped in silence. */
  strict: boolean;
  /** Whether it is an ordinary Worker, which may have bindings of any type that is known here. Default is false. */
  ordinary?: boolean;
}

/** The bindings a script shall have. Refuses with `SCRIPT_INVALID` what cannot be bound. */
export async function resolveBindings(
  env: Env,
  uploaded: UploadedBinding[],
  previous: PreviousBindings,
): Promise<StoredBinding[]> {
  const resolved = new Map<string, StoredBinding>();
  for (const binding of uploaded) {
    if (resolved.has(binding.name)) throw invalid(`Binding name '${binding.name}' already in use.`);
    const stored = binding.type === 'inherit' ? inherited(binding, previous) : parseBinding(binding);
    if (stored === undefined) continue;
    if (previous.ordinary !== true && !USER_TYPES.includes(stored.type)) throw unsupported(stored);
    await requireTarget(env, stored);
    resolved.set(stored.name, stored);
  }
  for (const kept of previous.bindings) {
    if (previous.keepTypes.includes(kept.type) && !resolved.has(kept.name)) resolved.set(kept.name, kept);
  }
  return [...resolved.values()];
}

/** A binding as the API shows it: never a secret's value. */
export function publicBinding(binding: StoredBinding): Record<string, unknown> {
  if (binding.type === 'secret_text') return { type: binding.type, name: binding.name };
  if (binding.type === 'd1') return { ...binding, database_id: binding.id };
  return binding;
}

/** The databases that bindings name, by uuid; a deleted one is absent. */
export async function findPlaces(env: Env, bindings: StoredBinding[]): Promise<Map<string, DatabasePlace>> {
  const ids = bindings.flatMap((binding) => (binding.type === 'd1' ? [binding.id] : []));
  if (ids.length === 0) return new Map();
  const { results } = await env.STATE.prepare(
    'SELECT uuid, slot FROM databases WHERE uuid IN (SELECT value FROM json_each(?))',
  )
    .bind(JSON.stringify(ids))
    .all<DatabasePlace>();
  return new Map(results.map((place) => [place.uuid, place]));
}

function parseBinding(binding: UploadedBinding): StoredBinding {
  const schema = storedBindings.find((candidate) => candidate.shape.type.value === binding.type);
  if (schema === undefined) throw unsupported(binding);
  if (binding.type === 'd1') return { type: 'd1', name: binding.name, id: databaseId(binding) };
  const parsed = schema.safeParse(binding);
  if (!parsed.success) throw invalid(`Binding '${binding.name}' of type '${binding.type}' is invalid.`);
  return parsed.data;
}

function databaseId(binding: UploadedBinding): string {
  const id = binding.database_id ?? binding.id;
  if (typeof id === 'string' && id !== '') return id;
  throw invalid(`binding ${binding.name} of type d1 must have a valid \`id\` specified`);
}

function inherited(binding: UploadedBinding, previous: PreviousBindings): StoredBinding | undefined {
  const source = typeof binding.old_name === 'string' ? binding.old_name : binding.name;
  const found = previous.bindings.find((candidate) => candidate.name === source);
  if (found !== undefined) return { ...found, name: binding.name };
  if (previous.strict)
    throw invalid(`Binding '${binding.name}' cannot be inherited: there is no '${source}'.`);
  return undefined;
}

/** Refuses a binding to a database, bucket or namespace that does not exist. */
async function requireTarget(env: Env, binding: StoredBinding): Promise<void> {
  if (binding.type === 'dispatch_namespace') await getNamespace(env, binding.namespace);
  if (binding.type === 'r2_bucket') {
    const { bucket_name, jurisdiction = 'default' } = binding;
    if ((await findBucket(env, jurisdiction, bucket_name)) !== null) return;
    const message = `R2 bucket '${bucket_name}' not found. Please use a different name and try again.`;
    throw new ApiError('SCRIPT_BUCKET_NOT_FOUND', message);
  }
  if (binding.type !== 'd1' || (await findPlaces(env, [binding])).has(binding.id)) return;
  throw invalid(
    `binding ${binding.name} of type d1 refers to database ${binding.id}, which could not be found`,
  );
}

function unsupported({ name, type }: { name: string; type: string }): ApiError {
  return invalid(`Binding '${name}' of type '${type}' is not supported by the local cloud.`);
}

function invalid(message: string): ApiError {
  return new ApiError('SCRIPT_INVALID', message);
}
