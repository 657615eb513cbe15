import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import {
  type FaultOptions,
  type HostedWorker,
  type LocalCloud,
  LocalCloudError,
  type RateLimit,
  startLocalCloud,
} from '#local-cloud/host/start-local-cloud.ts';
import type { Release } from '#shared-schema/releases/release.ts';
import { buildRelease } from '../build/build-release.ts';
import { buildWorker } from '../build/build-worker.ts';
import { workerConfigPath } from '../build/worker-config.ts';
import { CliError } from '../cli-error.ts';
import type { LocalInstance } from '../connection.ts';
import { PlatformClient } from '../platform-client.ts';
import { ensureLocalSecrets, type LocalSecrets, writePrivateFile } from './local-state.ts';
import { migrateRegistry } from './migrate-registry.ts';

const PLATFORM = 'freehold-platform';

/** The zone of the platform's domain here, and of custom hostnames. */
const ZONE = { id: '00000000000000000000000000000001', name: 'localhost' };

/** How often the reconciler runs here: every 5 seconds, where production's cron allows every minute. */
const RECONCILE_EVERY_MS = 5_000;

/** Enough for one person at one machine: a signup does not wait. */
const LOCAL_POOL_SIZES = '{"eu": 3}';

/** One person at one machine signs up more often than one address does in production. */
const LOCAL_RATE_LIMITS: Readonly<Record<string, RateLimit>> = {
  SIGNUP_LIMIT: { limit: 10_000, period: 60 },
  LOGIN_LIMIT: { limit: 1_000, period: 60 },
  LOGIN_LIMIT_PER_USER: { limit: 10_000, period: 60 },
  FILE_LIMIT: { limit: 100_000, period: 60 },
};

export interface LocalPlatformOptions {
  readonly dataDir: string;
  /** Where the platform listens; the Cloudflare API listens on the port after it. */
  readonly port: number;
  /** In place of those that suit one person at one machine, by binding. */
  readonly rateLimits?: Readonly<Record<string, RateLimit>>;
  /** For tests: switches on faults of the local cloud. */
  readonly faults?: FaultOptions;
  /** A socket straight to the account Workers, for benchmarks. */
  readonly dispatchPort?: number;
  /** Further Workers in the same local cloud. */
  readonly workersBeside?: readonly HostedWorker[];
  /** For tests: has requests for any host reach the platform. Else the edge answers them where no hostname is active. */
  readonly withoutEdge?: boolean;
  /** In place of the platform Worker's own vars that suit this machine, by name. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly onProgress?: (message: string) => void;
}

export interface LocalPlatform {
  readonly instance: LocalInstance;
  /** What new accounts get. */
  readonly release: Release;
  readonly cloud: LocalCloud;
  stop(): Promise<void>;
}

/**
 * Starts the whole of Freehold on this machine: builds both Workers with their production configuration, starts the
 * local cloud with the platform in it, migrates the registry, publishes the release, and leaves `local.json`.
 */
export async function startLocalPlatform(options: LocalPlatformOptions): Promise<LocalPlatform> {
  const dataDir = resolve(options.dataDir);
  const progress = options.onProgress ?? (() => undefined);
  const secrets = await ensureLocalSecrets(dataDir);
  progress('Building the Workers …');
  const [platformBuild, release] = await Promise.all([buildWorker('platform-worker'), buildRelease()]);
  progress('Starting the local cloud …');
  const cloud = await startCloud(options, dataDir, secrets, platformBuild);
  try {
    const instance = await instanceOf(cloud, secrets);
    progress('Publishing the release …');
    const client = new PlatformClient({ url: instance.url, adminToken: instance.admin_token });
    const published = await client.post<Release>('/admin/releases', release);
    progress('Filling the pool …');
    await client.post<unknown>('/admin/pool/fill', {});
    await writePrivateFile(dataDir, 'local.json', instance);
    return { instance, release: published, cloud, stop: () => cloud.stop() };
  } catch (thrown) {
    await cloud.stop();
    throw thrown;
  }
}

/** A rotation of the keys: in force at the next start, as those of secrets.json are. */
async function keepSecret(dataDir: string, name: string, text: string): Promise<void> {
  if (name !== 'SIGNING_KEYS') throw new TypeError(`Nobody keeps the secret ${name}.`);
  const secrets = await ensureLocalSecrets(dataDir);
  await writePrivateFile(dataDir, 'secrets.json', { ...secrets, signing_keys: text });
}

function startCloud(
  options: LocalPlatformOptions,
  dataDir: string,
  secrets: LocalSecrets,
  platformBuild: string,
): Promise<LocalCloud> {
  const apiPort = options.port + 1;
  return explainFailure(
    options,
    startLocalCloud({
      dataDir: join(dataDir, 'cloud'),
      apiPort,
      accountId: secrets.cloudflare_account_id,
      apiToken: secrets.cloudflare_api_token,
      cronEveryMs: RECONCILE_EVERY_MS,
      beforeCrons: (apiUrl) => migrateRegistry(apiUrl, secrets),
      ...(options.dispatchPort !== undefined && { dispatchPort: options.dispatchPort }),
      ...(options.faults !== undefined && { faults: options.faults }),
      zones: [ZONE],
      workers: [
        {
          name: PLATFORM,
          port: options.port,
          configPath: workerConfigPath('platform-worker'),
          bundleDir: platformBuild,
          ...(!options.withoutEdge && { zone: ZONE.id }),
          vars: platformVars(options, secrets),
          onSecret: (name, text) => keepSecret(dataDir, name, text),
          rateLimits: { ...LOCAL_RATE_LIMITS, ...options.rateLimits },
        },
        ...(options.workersBeside ?? []),
      ],
    }),
  );
}

/** What the platform Worker of this machine is bound with in place of the vars and secrets of its configuration. */
export function platformVars(
  options: Pick<LocalPlatformOptions, 'port' | 'vars'>,
  secrets: LocalSecrets,
): Record<string, string> {
  return {
    PLATFORM_URL: `http://localhost:${options.port}`,
    TOKEN_ISSUER: 'https://freehold.localhost',
    PLATFORM_DOMAIN: 'localhost',
    PLATFORM_HOSTS: '["127.0.0.1", "0.0.0.0", "[::1]"]',
    CUSTOM_HOSTNAME_ZONE_ID: ZONE.id,
    ACCOUNT_ADDRESS_FORM: 'path',
    MAIL_SENDER: 'console',
    POOL_SIZES: LOCAL_POOL_SIZES,
    CLOUDFLARE_API_URL: `http://127.0.0.1:${options.port + 1}/client/v4`,
    CLOUDFLARE_ACCOUNT_ID: secrets.cloudflare_account_id,
    CLOUDFLARE_API_TOKEN: secrets.cloudflare_api_token,
    SIGNING_KEYS: secrets.signing_keys,
    ADMIN_TOKEN_SHA256: createHash('sha256').update(secrets.admin_token).digest('hex'),
    ...options.vars,
  };
}

async function explainFailure(
  options: LocalPlatformOptions,
  starting: Promise<LocalCloud>,
): Promise<LocalCloud> {
  try {
    return await starting;
  } catch (cause) {
    if (!(cause instanceof LocalCloudError)) throw cause;
    const { code, message } = cause;
    throw new CliError({ code, message, next: NEXT_STEPS[code](options.port), cause });
  }
}

const NEXT_STEPS: Readonly<Record<LocalCloudError['code'], (port: number) => string>> = {
  DATA_DIR_IN_USE: () => 'Stop that one first, or set FREEHOLD_DATA_DIR to another folder.',
  PORT_IN_USE: (port) => `Free the ports ${port} and ${port + 1}, or set PORT to another.`,
};

async function instanceOf(cloud: LocalCloud, secrets: LocalSecrets): Promise<LocalInstance> {
  const url = cloud.workers[PLATFORM]?.url;
  if (!url) throw new TypeError('The local cloud did not host the platform.');
  return {
    url: url.replace('127.0.0.1', 'localhost'),
    admin_token: secrets.admin_token,
    cloudflare_api_url: cloud.apiUrl,
    cloudflare_account_id: secrets.cloudflare_account_id,
    cloudflare_api_token: secrets.cloudflare_api_token,
  };
}
