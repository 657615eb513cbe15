import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from '#provisioner/cli/build/build-worker.ts';
import { workerConfigPath } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import {
  ensureLocalSecrets,
  type LocalSecrets,
  writePrivateFile,
} from '#provisioner/cli/local/local-state.ts';
import { platformVars } from '#provisioner/cli/local/start-local-platform.ts';
import type { SigningKeySet } from '#shared-schema/tokens/signing-key.ts';
import { freePorts } from './free-ports.ts';
import { startTestPlatform } from './local-platform.ts';

/** Platform Workers on one registry and one dispatch namespace, each of which holds other keys. */
export interface KeyHolders extends AsyncDisposable {
  readonly instances: readonly LocalInstance[];
}

/** What isolates are while a rotation reaches one after the other: one platform for each set of keys. */
export async function startKeyHolders(
  first: SigningKeySet,
  ...others: readonly SigningKeySet[]
): Promise<KeyHolders> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-keys-'));
  const secrets = { ...(await ensureLocalSecrets(dataDir)), signing_keys: JSON.stringify(first) };
  await writePrivateFile(dataDir, 'secrets.json', secrets);
  const port = await freePorts(2 + others.length);
  const workersBeside = await Promise.all(
    others.map((keys, index) =>
      holder(`platform-${index}`, {
        port,
        own: port + 2 + index,
        secrets: { ...secrets, signing_keys: JSON.stringify(keys) },
      }),
    ),
  );
  const platform = await startTestPlatform({ dataDir, port, workersBeside });
  const instances = workersBeside.map(({ name }) => {
    const url = platform.cloud.workers[name]?.url.replace('127.0.0.1', 'localhost');
    if (url === undefined) throw new TypeError('It was asked for.');
    return { ...platform.instance, url };
  });
  return {
    instances: [platform.instance, ...instances],
    async [Symbol.asyncDispose]() {
      await platform.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function holder(
  name: string,
  { port, own, secrets }: { readonly port: number; readonly own: number; readonly secrets: LocalSecrets },
) {
  const bundleDir = await mkdtemp(join(tmpdir(), 'freehold-holder-'));
  await cp(await buildWorker('platform-worker'), bundleDir, { recursive: true });
  const configPath = join(bundleDir, 'wrangler.jsonc');
  // One Workflow of a name is all that a runtime takes.
  const config = await readFile(workerConfigPath('platform-worker'), 'utf8');
  await writeFile(configPath, config.replace('freehold-operations', `freehold-operations-${name}`));
  return {
    name,
    port: own,
    configPath,
    bundleDir,
    vars: { ...platformVars({ port }, secrets), POOL_SIZES: '{}' },
  };
}
