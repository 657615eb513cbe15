import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud } from '#local-cloud/host/start-local-cloud.ts';
import { buildWorker, PROJECT_DIR } from '#provisioner/cli/build/build-worker.ts';
import { readReleaseBundle } from '#provisioner/cli/build/read-release-bundle.ts';
import { workerConfigPath } from '#provisioner/cli/build/worker-config.ts';
import type { LocalInstance } from '#provisioner/cli/connection.ts';
import { ensureLocalSecrets, type LocalSecrets } from '#provisioner/cli/local/local-state.ts';
import { migrateRegistry } from '#provisioner/cli/local/migrate-registry.ts';
import { CloudflareApiProxy } from './cloudflare-api-proxy.ts';
import { freePorts } from './free-ports.ts';
import { send } from './send.ts';

const PLATFORM = 'freehold-platform';
const BUILDS_DIR = join(PROJECT_DIR, '.freehold', 'builds');

/** A platform whose every call to the Cloudflare API passes through a proxy, which counts them and can fail them. */
export interface WatchedPlatform {
  readonly instance: LocalInstance;
  readonly proxy: CloudflareApiProxy;
  stop(): Promise<void>;
}

export async function startWatchedPlatform(): Promise<WatchedPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), 'freehold-test-'));
  const port = await freePorts(2);
  const secrets = await ensureLocalSecrets(dataDir);
  const proxy = await CloudflareApiProxy.start(`http://127.0.0.1:${port + 1}`);
  const cloud = await startCloud({ dataDir, port, secrets, apiUrl: proxy.url });
  const instance: LocalInstance = {
    url: `http://localhost:${port}`,
    admin_token: secrets.admin_token,
    cloudflare_api_url: cloud.apiUrl,
    cloudflare_account_id: secrets.cloudflare_account_id,
    cloudflare_api_token: secrets.cloudflare_api_token,
  };
  await migrateRegistry(instance);
  const json = await readReleaseBundle(await buildWorker('account-worker-template', BUILDS_DIR));
  await send(`${instance.url}/admin/releases`, { method: 'POST', json, token: instance.admin_token });
  const stop = async () => {
    await cloud.stop();
    await proxy[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { instance, proxy, stop };
}

interface CloudOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly secrets: LocalSecrets;
  readonly apiUrl: string;
}

async function startCloud({ dataDir, port, secrets, apiUrl }: CloudOptions) {
  return startLocalCloud({
    dataDir: join(dataDir, 'cloud'),
    apiPort: port + 1,
    accountId: secrets.cloudflare_account_id,
    apiToken: secrets.cloudflare_api_token,
    databaseSlots: 50,
    spareDatabaseSlots: 10,
    cronEveryMs: 5_000,
    workers: [
      {
        name: PLATFORM,
        port,
        configPath: workerConfigPath('platform-worker'),
        bundleDir: await buildWorker('platform-worker', BUILDS_DIR),
        vars: {
          PLATFORM_URL: `http://localhost:${port}`,
          PLATFORM_DOMAIN: 'localhost',
          ACCOUNT_ADDRESS_FORM: 'path',
          CLOUDFLARE_API_URL: apiUrl,
          CLOUDFLARE_ACCOUNT_ID: secrets.cloudflare_account_id,
          CLOUDFLARE_API_TOKEN: secrets.cloudflare_api_token,
          SIGNING_KEYS: secrets.signing_keys,
          ADMIN_TOKEN_SHA256: createHash('sha256').update(secrets.admin_token).digest('hex'),
        },
        rateLimits: { SIGNUP_LIMIT: { limit: 10_000, period: 60 } },
      },
    ],
  });
}
