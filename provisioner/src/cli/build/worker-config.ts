import { join } from 'node:path';
import { unstable_readConfig } from 'wrangler';
import * as z from 'zod';
import { PROJECT_DIR, type WorkerFolder } from './build-worker.ts';

const workerConfigSchema = z.object({
  compatibility_date: z.iso.date(),
  compatibility_flags: z.array(z.string()).default([]),
  d1_databases: z.array(z.object({ binding: z.string(), database_id: z.string() })),
});

/** What a Worker of ours is deployed with in production, as wrangler reads it. */
export function readWorkerConfig(worker: WorkerFolder): z.infer<typeof workerConfigSchema> {
  return workerConfigSchema.parse(unstable_readConfig({ config: workerConfigPath(worker) }));
}

export function workerConfigPath(worker: WorkerFolder): string {
  return join(PROJECT_DIR, worker, 'wrangler.jsonc');
}
