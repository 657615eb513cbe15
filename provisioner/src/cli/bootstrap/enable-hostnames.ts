import { CliError } from '../cli-error.ts';
import { type BootstrapStep, nothingMissing, type Setup, type Zone } from './bootstrap-step.ts';
import { requirePlatformToken } from './check-token.ts';
import { varOf } from './cloudflare-account.ts';
import { HOSTNAME_ZONE } from './platform-config.ts';

/** The API reference's, November 2026. */
interface FallbackOrigin {
  readonly origin: string;
  readonly status: string;
  readonly errors?: readonly string[];
}

/**
 * Where accounts may have host names of their own: the domain's zone has a fallback origin, without which Cloudflare verifies none, and
 * the platform's token, where it is given, may make them. The route that leads them to the platform is made with its deployment.
 *
 * They are off until the option asks for them, and on from then on. Errors: `HOSTNAME_ZONE_OTHER`, `FALLBACK_ORIGIN_TAKEN`, and those of a
 * token that is not as it must be.
 */
export const enableHostnames: BootstrapStep = {
  name: 'custom-hostnames',
  permission: 'Zone › SSL and Certificates › Edit, with Cloudflare for SaaS enabled for the zone',
  look: async (setup) => {
    const { account, facts, options } = setup;
    const { zone } = facts;
    if (zone === undefined) throw new TypeError('No zone was looked for.');
    const before = await presentZoneId(setup);
    if (before === '' && !options.customHostnames) {
      facts.hostnameZoneId = '';
      return { ...nothingMissing, left: 'off: run it with --custom-hostnames to have them' };
    }
    if (before !== '' && before !== zone.id) throw otherZone(before, zone, options.domain);
    facts.hostnameZoneId = zone.id;
    if (before === '' && options.platformApiToken !== undefined) {
      await requirePlatformToken(setup, options.platformApiToken);
    }
    const found = await account.find<FallbackOrigin>(`//zones/${zone.id}/custom_hostnames/fallback_origin`);
    if (found === null) {
      return {
        missing: [`the fallback origin ${options.domain}`],
        make: () => account.setFallbackOrigin(zone.id, options.domain),
      };
    }
    const { origin, status, errors = [] } = found;
    if (before === '' && origin !== options.domain) throw originTaken(origin, zone, options.domain);
    if (status === 'active') return nothingMissing;
    return { ...nothingMissing, left: `the fallback origin ${origin} is ${[status, ...errors].join(': ')}` };
  },
};

/** The zone that host names belong to already, by its id; '' where they are off. */
async function presentZoneId({ account, config }: Setup): Promise<string> {
  const bindings = (await account.findBindings(config.name)) ?? [];
  return varOf(bindings, HOSTNAME_ZONE) || config.vars[HOSTNAME_ZONE] || '';
}

function otherZone(zoneId: string, zone: Zone, domain: string): CliError {
  return new CliError({
    code: 'HOSTNAME_ZONE_OTHER',
    message: `The host names of accounts are in the zone ${zoneId}, and ${domain} lies in ${zone.name}, ${zone.id}.`,
    next: 'Stay with a domain of that zone: in another one, those host names would lead nowhere.',
    context: { zone_id: zoneId },
  });
}

function originTaken(origin: string, zone: Zone, domain: string): CliError {
  return new CliError({
    code: 'FALLBACK_ORIGIN_TAKEN',
    message: `The zone ${zone.name} has a fallback origin already, ${origin}: somebody else's custom hostnames may be there.`,
    next: `Give the platform a zone of its own, or set the fallback origin to ${domain} if nobody needs it.`,
    context: { origin },
  });
}
