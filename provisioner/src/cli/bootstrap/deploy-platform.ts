import { runWrangler } from '../build/build-worker.ts';
import { CliError } from '../cli-error.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';
import type { WorkerBinding } from './cloudflare-account.ts';
import { type DeploymentConfig, deploymentConfig, withConfigFile } from './platform-config.ts';

/** Stands for the registry's id where a dry run meets none. */
const NO_REGISTRY = 'not-made-yet';

/**
 * The platform Worker, deployed by wrangler from this checkout with its bindings, vars, routes, cron and Workflow. What
 * is deployed already is left alone as long as sources and configuration are the same.
 *
 * Errors: `ROUTE_TAKEN`, `DEPLOY_FAILED` with wrangler's own words.
 */
export const deployPlatform: BootstrapStep = {
  name: 'platform-worker',
  permission: 'Account › Workers Scripts › Edit and Zone › Workers Routes › Edit',
  look: async (setup) => {
    const { account, config, facts, options } = setup;
    const { zone } = facts;
    if (zone === undefined) throw new TypeError('No zone was looked for.');
    const settings = await account.find<{ bindings: WorkerBinding[] }>(
      `/workers/scripts/${config.name}/settings`,
    );
    const deployment = await deploymentConfig(config, options, {
      ...{ registryId: facts.registryId ?? NO_REGISTRY, zone: zone.name },
      issuer: textOf(settings?.bindings ?? [], 'TOKEN_ISSUER'),
    });
    const triggers = await missingTriggers(setup, deployment, zone.id);
    const missing =
      settings === null
        ? [`the Worker ${config.name} for ${deployment.routes.map(({ pattern }) => pattern).join(' and ')}`]
        : [...differences(settings.bindings, deployment), ...triggers];
    return { missing, make: () => deploy(setup, deployment) };
  },
};

async function deploy({ options }: Setup, deployment: DeploymentConfig): Promise<void> {
  await withConfigFile(deployment, (path) =>
    runWrangler(['deploy', '--config', path], 'DEPLOY_FAILED', {
      CLOUDFLARE_API_BASE_URL: options.apiUrl,
      CLOUDFLARE_API_TOKEN: options.apiToken,
      CLOUDFLARE_ACCOUNT_ID: options.accountId,
    }),
  );
}

/** How the deployed bindings differ from what this checkout and these options would deploy. */
function differences(
  bindings: readonly WorkerBinding[],
  { vars, d1_databases, r2_buckets }: DeploymentConfig,
): string[] {
  const [registry] = d1_databases;
  const isSame = {
    vars: Object.entries(vars).every(([name, text]) => textOf(bindings, name) === text),
    registry: bindings.some(
      ({ type, name, id }) => type === 'd1' && name === 'REGISTRY' && id === registry.database_id,
    ),
    buckets: r2_buckets.every((bucket) =>
      bindings.some(({ name, bucket_name }) => name === bucket.binding && bucket_name === bucket.bucket_name),
    ),
  };
  return Object.entries(isSame).flatMap(([what, same]) => (same ? [] : [`a deployment: other ${what}`]));
}

/** Wrangler makes these after its upload: whoever died in between left them out. */
async function missingTriggers(
  { account, config, options }: Setup,
  { routes }: DeploymentConfig,
  zoneId: string,
): Promise<string[]> {
  const script = `/workers/scripts/${config.name}`;
  const found = await account.find<{ schedules: { cron: string }[] }>(`${script}/schedules`);
  const made = await account.read<{ pattern: string; script?: string }[]>(`//zones/${zoneId}/workers/routes`);
  const missing = config.triggers.crons
    .filter((cron) => !found?.schedules.some((schedule) => schedule.cron === cron))
    .map((cron) => `the cron ${cron}`);
  for (const { pattern } of routes) {
    const route = made.find((candidate) => candidate.pattern === pattern);
    if (route === undefined) missing.push(`the route ${pattern}`);
    else if (route.script !== config.name) throw routeTaken(pattern, route.script, options.domain);
  }
  for (const { name } of config.workflows) {
    const workflow = await account.find<{ script_name: string }>(`/workflows/${name}`);
    if (workflow?.script_name !== config.name) missing.push(`the Workflow ${name}`);
  }
  return missing;
}

function routeTaken(pattern: string, script: string | undefined, domain: string): CliError {
  return new CliError({
    code: 'ROUTE_TAKEN',
    message: `The route ${pattern} leads to ${script ?? 'no Worker'}.`,
    next: `Remove that route if ${domain} is to be the platform's.`,
    context: { pattern, script },
  });
}

function textOf(bindings: readonly WorkerBinding[], name: string): string | undefined {
  return bindings.find((binding) => binding.name === name && binding.type === 'plain_text')?.text;
}
