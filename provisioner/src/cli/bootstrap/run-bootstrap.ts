import { adminFetch } from '#provisioner/api-budget/budgeted-fetch.ts';
import { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import { awaitPlatform } from './await-platform.ts';
import type { BootstrapOptions } from './bootstrap-options.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';
import { checkToken } from './check-token.ts';
import { CloudflareAccount } from './cloudflare-account.ts';
import { deployPlatform } from './deploy-platform.ts';
import { enableHostnames } from './enable-hostnames.ts';
import { ensureBuckets } from './ensure-buckets.ts';
import { ensureNamespace } from './ensure-namespace.ts';
import { ensureRegistry } from './ensure-registry.ts';
import { ensureRelease } from './ensure-release.ts';
import { ensureSecrets } from './ensure-secrets.ts';
import { explainFailure } from './explain-failure.ts';
import { fillPool } from './fill-pool.ts';
import { findZone } from './find-zone.ts';
import { migrateRegistry } from './migrate-registry.ts';
import { readPlatformConfig } from './platform-config.ts';

const STEPS: readonly BootstrapStep[] = [
  checkToken,
  findZone,
  ensureNamespace,
  ensureRegistry,
  ensureBuckets,
  migrateRegistry,
  enableHostnames,
  deployPlatform,
  ensureSecrets,
  awaitPlatform,
  ensureRelease,
  fillPool,
];

/** What became of a step. `missing` only in a dry run, which makes nothing. */
export interface StepReport {
  readonly step: string;
  readonly outcome: 'there' | 'made' | 'missing' | 'left';
  readonly what: readonly string[];
}

export interface BootstrapOutput {
  readonly step: (report: StepReport) => void;
  readonly adminToken: (token: string) => void;
}

/**
 * Brings a Cloudflare account to where the platform serves: looks at each thing in turn and makes what is missing. Any
 * run may die anywhere; the next one goes on. Errors are `CliError`s.
 */
export async function runBootstrap(options: BootstrapOptions, output: BootstrapOutput): Promise<void> {
  const setup: Setup = {
    options,
    config: readPlatformConfig(),
    account: new CloudflareAccount(options),
    databases: new CloudflareApi({ ...options, baseUrl: options.apiUrl, fetch: adminFetch }),
    facts: {},
    showAdminToken: output.adminToken,
  };
  for (const step of STEPS) {
    try {
      output.step(await runStep(step, setup));
    } catch (thrown) {
      throw explainFailure(step, thrown);
    }
  }
}

async function runStep({ name, look }: BootstrapStep, setup: Setup): Promise<StepReport> {
  const { missing, make, left } = await look(setup);
  if (left !== undefined) return { step: name, outcome: 'left', what: [left] };
  if (missing.length === 0) return { step: name, outcome: 'there', what: [] };
  if (setup.options.dryRun) return { step: name, outcome: 'missing', what: missing };
  await make();
  return { step: name, outcome: 'made', what: missing };
}
