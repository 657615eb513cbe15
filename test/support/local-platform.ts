import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type LocalPlatform,
  type LocalPlatformOptions,
  startLocalPlatform,
} from '#provisioner/cli/local/start-local-platform.ts';
import { freePorts } from './free-ports.ts';

/** A whole platform of its own in a new folder, which goes with it, as the bundles of the Workers beside it do: give it copies. */
export async function startTestPlatform(
  options: Partial<LocalPlatformOptions> = {},
): Promise<LocalPlatform & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  const vars = { POOL_SIZES: '{}', ...options.vars };
  const platform = await startLocalPlatform({
    dataDir,
    port: await freePorts(2),
    withoutEdge: true,
    ...options,
    vars,
  });
  const stop = async () => {
    await platform.stop();
    const folders = [dataDir, ...(options.workersBeside ?? []).map(({ bundleDir }) => bundleDir)];
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  };
  return { ...platform, stop, [Symbol.asyncDispose]: stop };
}
