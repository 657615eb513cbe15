import * as z from 'zod';

/** Stacks that serve somebody or may at any moment. The others' Workers are uploaded again before they do. */
const IN_USE = `stacks.status IN ('ready', 'claimed', 'serving') AND NOT EXISTS (SELECT 1 FROM accounts
  WHERE accounts.id = stacks.account_id AND accounts.status NOT IN ('active', 'suspended'))`;

/** Those of them whose Worker does not know the key, or of which that is not known. */
const WITHOUT_KEY = `${IN_USE} AND NOT EXISTS (SELECT 1 FROM json_each(COALESCE(observed_keys, '[]')) WHERE value = ?)`;

const countsSchema = z.array(z.object({ id: z.string(), stacks: z.int() }));

/** How many stacks in use have a Worker that was uploaded with each key, by the key's id. Reads every stack. */
export async function countStacksByKey(registry: D1Database): Promise<ReadonlyMap<string, number>> {
  const { results } = await registry
    .prepare(
      `SELECT key.value AS id, COUNT(*) AS stacks FROM stacks, json_each(observed_keys) AS key
       WHERE ${IN_USE} GROUP BY key.value`,
    )
    .all();
  return new Map(countsSchema.parse(results).map(({ id, stacks }) => [id, stacks]));
}

/** How many stacks in use have a Worker that does not know the key, or of which that is not known. Reads every stack. */
export async function countStacksWithoutKey(registry: D1Database, keyId: string): Promise<number> {
  const count = await registry
    .prepare(`SELECT COUNT(*) AS stacks FROM stacks WHERE ${WITHOUT_KEY}`)
    .bind(keyId)
    .first<number>('stacks');
  return count ?? 0;
}

/** Some of them, the first by id after the given one. */
export async function stacksWithoutKey(
  registry: D1Database,
  { keyId, after, limit }: { readonly keyId: string; readonly after: string; readonly limit: number },
): Promise<{ readonly id: string; readonly account_id: string | null }[]> {
  const { results } = await registry
    .prepare(`SELECT id, account_id FROM stacks WHERE ${WITHOUT_KEY} AND id > ? ORDER BY id LIMIT ?`)
    .bind(keyId, after, limit)
    .all<{ id: string; account_id: string | null }>();
  return results;
}
