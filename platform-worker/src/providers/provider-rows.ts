import * as z from 'zod';
import { choicesOf } from '#shared-schema/lists/choices.ts';
import type { ListDefinition } from '#shared-schema/lists/list-definition.ts';
import { type Provider, providerInputSchema, providerSchema } from '#shared-schema/providers/provider.ts';
import type { RegistryList } from '../http/list-rows.ts';

const DEFINITION: ListDefinition = {
  table: 'providers',
  columns: ['id', 'body', 'name', 'status', 'version', 'created_at', 'updated_at'],
  where: '1',
  indexed: { name: 'text', status: 'text' },
  choices: choicesOf(providerSchema.shape),
  fields: Object.keys(providerSchema.shape),
};

const rowSchema = z.object({
  id: z.string(),
  body: z.string().transform((text) => providerInputSchema.parse(JSON.parse(text))),
  version: z.int(),
  created_at: z.int(),
  updated_at: z.int(),
});

export function toProvider({
  id,
  body,
  version,
  created_at,
  updated_at,
}: z.infer<typeof rowSchema>): Provider {
  return { id, ...body, version, created_at, updated_at };
}

/** All providers, for admins. */
export const ALL_PROVIDERS: RegistryList<z.infer<typeof rowSchema>, Provider> = {
  definition: DEFINITION,
  rowSchema,
  toItem: toProvider,
};

/** The providers that anybody may see. */
export const LISTED_PROVIDERS: RegistryList<z.infer<typeof rowSchema>, Provider> = {
  ...ALL_PROVIDERS,
  definition: { ...DEFINITION, where: `status = 'listed'`, indexed: { name: 'text' } },
};

/** The provider of this id in the list, or null. */
export async function findProvider(
  registry: D1Database,
  list: typeof ALL_PROVIDERS,
  id: string,
): Promise<Provider | null> {
  const { columns, where } = list.definition;
  const row = await registry
    .prepare(`SELECT ${columns.join(', ')} FROM providers WHERE ${where} AND id = ?`)
    .bind(id)
    .first();
  return row === null ? null : toProvider(rowSchema.parse(row));
}
