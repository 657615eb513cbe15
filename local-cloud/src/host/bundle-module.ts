import { join } from 'node:path';
import { build } from 'esbuild';

const WORKER_ROOT = join(import.meta.dirname, '../worker');

/** A file of `local-cloud/src/worker` and all it imports, as one ES module. */
export async function bundleModule(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(WORKER_ROOT, file)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'esnext',
    external: ['cloudflare:workers'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
  });
  const output = outputFiles[0];
  if (output === undefined) throw new Error(`Bundling ${file} gave no output.`);
  return output.text;
}
