import { CliError } from '../cli-error.ts';
import { type BootstrapStep, nothingMissing, type Setup, type Zone } from './bootstrap-step.ts';

/**
 * The domain is a zone of this account, or lies in one, and the zone's routes may be read: what only a deployment would
 * find out late. Error: `ZONE_NOT_FOUND`.
 */
export const findZone: BootstrapStep = {
  name: 'zone',
  permission: 'Zone › Zone › Read and Zone › Workers Routes › Edit',
  look: async (setup) => {
    const zone = await zoneOf(setup);
    await setup.account.read(`//zones/${zone.id}/workers/routes`);
    setup.facts.zone = zone;
    return nothingMissing;
  },
};

async function zoneOf({ account, options }: Setup): Promise<Zone> {
  const labels = options.domain.split('.');
  for (let first = 0; first < labels.length - 1; first += 1) {
    const name = labels.slice(first).join('.');
    const [zone] = await account.read<Zone[]>(`//zones?name=${name}&account.id=${options.accountId}`);
    if (zone !== undefined) return zone;
  }
  throw new CliError({
    code: 'ZONE_NOT_FOUND',
    message: `No zone of this Cloudflare account has the domain ${options.domain}.`,
    next: 'Add the domain to the account first, and give the token its zone: docs/deploy.md.',
  });
}
