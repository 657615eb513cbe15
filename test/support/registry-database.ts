import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { splitStatements } from '#shared-schema/sql/split-statements.ts';

/** A registry in a real D1 of its own, with all migrations or those before the given one. */
export async function startRegistry(before = '9999'): Promise<{
  registry: D1Database;
  files: R2Bucket;
  exportBucket: R2Bucket;
  migrate: () => Promise<void>;
  stop: () => Promise<void>;
}> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default {}',
      compatibilityDate: '2026-11-01',
      d1Databases: ['REGISTRY'],
      r2Buckets: ['RELEASES', 'FILES', 'EXPORTS'],
    }),
  );
  const registry = await miniflare.getD1Database('REGISTRY');
  const folder = join(PROJECT_DIR, 'migrations/platform');
  const names = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  const apply = async (some: readonly string[]) => {
    for (const name of some) {
      const statements = splitStatements(await readFile(join(folder, name), 'utf8'));
      await registry.batch(statements.map((statement) => registry.prepare(statement)));
    }
  };
  await apply(names.filter((name) => name < before));
  return {
    registry,
    // Both in Miniflare's own copy of the type.
    files: (await miniflare.getR2Bucket('FILES')) as unknown as R2Bucket,
    exportBucket: (await miniflare.getR2Bucket('EXPORTS')) as unknown as R2Bucket,
    /** Applies the others. */
    migrate: () => apply(names.filter((name) => name >= before)),
    stop: () => miniflare.dispose(),
  };
}
