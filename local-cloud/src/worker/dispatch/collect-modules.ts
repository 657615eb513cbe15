import type { Env } from '../env.ts';

/** How modules are named; whatever else lies in the bucket is another's. */
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Deletes the contents that no script's modules name any more. To be called while nothing is uploaded: an upload stores
 * its contents before the script that names them.
 */
export async function collectModules(env: Env): Promise<void> {
  const { results } = await env.STATE.prepare(
    `SELECT DISTINCT json_extract(module.value, '$.sha256') AS sha256
     FROM (SELECT body FROM scripts UNION ALL SELECT body FROM worker_versions) AS uploaded,
       json_each(uploaded.body, '$.modules') AS module`,
  ).all<{ sha256: string }>();
  const named = new Set(results.map(({ sha256 }) => sha256));
  for (let cursor: string | undefined; ; ) {
    const page = await env.MODULES.list(cursor === undefined ? {} : { cursor });
    const unnamed = page.objects.map(({ key }) => key).filter((key) => SHA256.test(key) && !named.has(key));
    if (unnamed.length > 0) await env.MODULES.delete(unnamed);
    if (!page.truncated) return;
    cursor = page.cursor;
  }
}
