import { runWrangler } from '../build/build-worker.ts';
import { CliError } from '../cli-error.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';
import { varOf, type WorkerBinding } from './cloudflare-account.ts';
import { type DeploymentConfig, deploymentConfig, withConfigFile } from './platform-config.ts';
import { makeBypasses, missingRoutes, withoutWorker, zoneRoutes } from './zone-routes.ts';

interface WorkflowAnswer {
  readonly script_name: string;
  /** Absent where it is in none. */
  readonly jurisdiction?: string;
}

/** Stands for the registry's id where a dry run meets none. */
const NO_REGISTRY = 'not-made-yet';

/**
 * The platform Worker, deployed by wrangler from this checkout with its bindings, vars, routes, cron and Workflow. What
 * is deployed already is left alone as long as sources and configuration are the same.
 *
 * Errors: `ROUTE_TAKEN`; `WRONG_JURISDICTION` of a Workflow; `DEPLOY_FAILED` with wrangler's own words.
 */
export const deployPlatform: BootstrapStep = {
  name: 'platform-worker',
  permission: 'Account › Workers Scripts › Edit and Zone › Workers Routes › Edit',
  look: async (setup) => {
    const { account, config, facts, options } = setup;
    const { zone, hostnameZoneId = '', registryId = NO_REGISTRY } = facts;
    if (zone === undefined) throw new TypeError('No zone was looked for.');
    const bindings = await account.findBindings(config.name);
    const routes = zoneRoutes(options.domain, facts);
    const deployment = await deploymentConfig(config, options, {
      ...{ registryId, zone: zone.name, routes: routes.toPlatform, hostnameZoneId },
      issuer: varOf(bindings ?? [], 'TOKEN_ISSUER'),
    });
    const triggers = [...(await missingTriggers(setup)), ...(await missingRoutes(setup, routes, zone.id))];
    const missing =
      bindings === null
        ? [
            `the Worker ${config.name} for ${routes.toPlatform.join(' and ')}`,
            ...routes.bypasses.map(withoutWorker),
          ]
        : [...differences(bindings, deployment), ...triggers];
    return {
      missing,
      make: async () => {
        // Before the route of every host, which would take the zone's other hosts; and after it for those that were the platform's.
        await makeBypasses(setup, routes, zone.id);
        await deploy(setup, deployment);
        await makeBypasses(setup, routes, zone.id);
      },
    };
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
    vars: Object.entries(vars).every(([name, text]) => varOf(bindings, name) === text),
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
async function missingTriggers({ account, config }: Setup): Promise<string[]> {
  const script = `/workers/scripts/${config.name}`;
  const found = await account.find<{ schedules: { cron: string }[] }>(`${script}/schedules`);
  const missing = config.triggers.crons
    .filter((cron) => !found?.schedules.some((schedule) => schedule.cron === cron))
    .map((cron) => `the cron ${cron}`);
  for (const { name, jurisdiction } of config.workflows) {
    const workflow = await account.find<WorkflowAnswer>(`/workflows/${name}`);
    if (workflow !== null && workflow.jurisdiction !== jurisdiction) {
      throw wrongJurisdiction(name, jurisdiction, workflow);
    }
    if (workflow?.script_name !== config.name) missing.push(`the Workflow ${name}`);
  }
  return missing;
}

function wrongJurisdiction(name: string, wanted: string, { jurisdiction }: WorkflowAnswer): CliError {
  return new CliError({
    code: 'WRONG_JURISDICTION',
    message: `The Workflow ${name} is in the jurisdiction ${jurisdiction ?? 'of none'}, not in ${wanted}.`,
    next: `A jurisdiction cannot be changed. Delete the Workflow (wrangler workflows delete ${name}): no operation is lost, the platform's cron takes up what its instances were at.`,
    context: { jurisdiction },
  });
}
