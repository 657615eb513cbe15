import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import type { DatabasePlace } from '../d1/database-binding.ts';
import type { Env } from '../env.ts';

const name = z.string().min(1);

const storedBindings = [
  z.object({ type: z.literal('plain_text'), name, text: z.string() }),
  z.object({ type: z.literal('secret_text'), name, text: z.string() }),
  z.object({ type: z.literal('json'), name, json: z.unknown() }),
  z.object({ type: z.literal('d1'), name, id: z.string() }),
] as const;

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
    if (stored.type === 'd1') await requireDatabase(env, stored);
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
  if (schema === undefined) {
    throw invalid(`Binding '${binding.name}' of type '${binding.type}' is not supported by the local cloud.`);
  }
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

async function requireDatabase(env: Env, binding: StoredBinding & { type: 'd1' }): Promise<void> {
  if ((await findPlaces(env, [binding])).has(binding.id)) return;
  throw invalid(
    `binding ${binding.name} of type d1 refers to database ${binding.id}, which could not be found`,
  );
}

function invalid(message: string): ApiError {
  return new ApiError('SCRIPT_INVALID', message);
}
