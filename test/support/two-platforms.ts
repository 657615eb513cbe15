import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from '#provisioner/cli/build/build-worker.ts';
import { workerConfigPath } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { ensureLocalSecrets } from '#provisioner/cli/local/local-state.ts';
import { platformVars } from '#provisioner/cli/local/start-local-platform.ts';
import { FileBucket, fileBucketWorker } from './file-bucket.ts';
import { freePorts } from './free-ports.ts';
import { startTestPlatform } from './local-platform.ts';
import { type Answer, type SendOptions, send } from './send.ts';

const SECOND = 'second-platform';

/** Two platform Workers, each in an isolate of its own, on one registry and one dispatch namespace. */
export interface TwoPlatforms {
  readonly first: LocalInstance;
  readonly second: LocalInstance;
  readonly bucket: FileBucket;
  /** Straight to a Worker of the namespace, past any platform. */
  dispatch(workerName: string, path: string, options?: SendOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startTwoPlatforms(): Promise<TwoPlatforms> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-two-'));
  const port = await freePorts(4);
  const secrets = await ensureLocalSecrets(dataDir);
  const bundleDir = await mkdtemp(join(tmpdir(), 'freehold-second-'));
  await cp(await buildWorker('platform-worker'), bundleDir, { recursive: true });
  const configPath = join(bundleDir, 'wrangler.jsonc');
  // One Workflow of a name is all that a runtime takes.
  const config = await readFile(workerConfigPath('platform-worker'), 'utf8');
  await writeFile(configPath, config.replace('freehold-operations', 'freehold-operations-second'));
  const platform = await startTestPlatform({
    ...{ dataDir, port, dispatchPort: port + 3 },
    workersBeside: [
      { name: SECOND, port: port + 2, configPath, bundleDir, vars: platformVars({ port }, secrets) },
      await fileBucketWorker(),
    ],
  });
  const { workers, dispatchUrl } = platform.cloud;
  const url = workers[SECOND]?.url.replace('127.0.0.1', 'localhost');
  if (url === undefined || dispatchUrl === undefined) throw new TypeError('They were asked for.');
  return {
    first: platform.instance,
    second: { ...platform.instance, url },
    bucket: new FileBucket(workers),
    dispatch: (workerName, path, options = {}) =>
      send(`${dispatchUrl}${path}`, {
        ...options,
        headers: { 'x-local-cloud-script': `freehold/${workerName}`, ...options.headers },
      }),
    async stop() {
      await platform.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
