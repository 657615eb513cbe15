import { join } from 'node:path';
import { build } from 'esbuild';
import { PROJECT_DIR } from './build-worker.ts';

/** The account Worker's API tests as one ES module for Node, the same wherever the project lies. */
export async function bundleApiTests(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(PROJECT_DIR, 'account-worker-template/api-tests/main.ts')],
    absWorkingDir: PROJECT_DIR,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'error',
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('Bundling the API tests gave no output.');
  return output.text;
}
