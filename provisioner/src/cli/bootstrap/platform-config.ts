import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import * as z from 'zod';
import { PROJECT_DIR, sourcesHash } from '../build/build-worker.ts';
import { workerConfigPath } from '../build/worker-config.ts';
import type { BootstrapOptions } from './bootstrap-options.ts';

const configSchema = z.looseObject({
  name: z.string(),
  main: z.string(),
  d1_databases: z.tuple([z.looseObject({ binding: z.literal('REGISTRY'), database_name: z.string() })]),
  r2_buckets: z.array(
    z.looseObject({ binding: z.string(), bucket_name: z.string(), jurisdiction: z.string() }),
  ),
  dispatch_namespaces: z.tuple([z.looseObject({ binding: z.string(), namespace: z.string() })]),
  workflows: z.array(z.looseObject({ name: z.string(), jurisdiction: z.string() })),
  triggers: z.looseObject({ crons: z.array(z.string()) }),
  vars: z.record(z.string(), z.string()),
});

/** Production's configuration, platform-worker/wrangler.jsonc: what everything is called. */
export type PlatformConfig = z.infer<typeof configSchema>;

/** The configuration of one deployment. */
export type DeploymentConfig = PlatformConfig & {
  readonly routes: readonly { readonly pattern: string; readonly zone_name: string }[];
};

/** The var that says which zone accounts' own host names belong to. */
export const HOSTNAME_ZONE = 'CUSTOM_HOSTNAME_ZONE_ID';

/** Names the sources and the configuration of what is deployed, in the deployed Worker's vars. */
const BUILD_ID = 'BUILD_ID';

export function readPlatformConfig(): PlatformConfig {
  return configSchema.parse(
    experimental_readRawConfig({ config: workerConfigPath('platform-worker') }).rawConfig,
  );
}

/** What is particular to one deployment, besides the operator's options. */
export interface Deployment {
  readonly registryId: string;
  /** The zone of the domain, by its name. */
  readonly zone: string;
  /** The patterns of the routes to the platform. */
  readonly routes: readonly string[];
  /** '' where accounts have no host names of their own. */
  readonly hostnameZoneId: string;
  /** Stays what it was at first. */
  readonly issuer: string | undefined;
}

/** Production's configuration with what is particular to this deployment put in. */
export async function deploymentConfig(
  config: PlatformConfig,
  options: BootstrapOptions,
  { registryId, zone, routes, hostnameZoneId, issuer }: Deployment,
): Promise<DeploymentConfig> {
  const { domain } = options;
  const [registry] = config.d1_databases;
  const made = {
    ...config,
    main: join(PROJECT_DIR, 'platform-worker', config.main),
    workers_dev: false,
    preview_urls: false,
    d1_databases: [{ ...registry, database_id: registryId, migrations_dir: undefined }] as const,
    routes: routes.map((pattern) => ({ pattern, zone_name: zone })),
    vars: {
      ...config.vars,
      PLATFORM_URL: options.url,
      PLATFORM_DOMAIN: domain,
      TOKEN_ISSUER: issuer ?? `https://${domain}`,
      CLOUDFLARE_API_URL: options.apiUrl,
      CLOUDFLARE_ACCOUNT_ID: options.accountId,
      [HOSTNAME_ZONE]: hostnameZoneId,
    },
  };
  const sources = await sourcesHash('platform-worker');
  const id = createHash('sha256')
    .update(JSON.stringify([sources, { ...made, main: config.main }]))
    .digest('hex');
  return configSchema
    .extend({ routes: z.array(z.object({ pattern: z.string(), zone_name: z.string() })) })
    .parse({ ...made, vars: { ...made.vars, [BUILD_ID]: id.slice(0, 16) } });
}

/** Has wrangler read the configuration from a file of its own, which goes with the call. It holds no secret. */
export async function withConfigFile(
  config: DeploymentConfig,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const parent = join(PROJECT_DIR, '.freehold', 'bootstrap');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'deployment-'));
  try {
    const path = join(folder, 'wrangler.json');
    await writeFile(path, JSON.stringify(config));
    await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
