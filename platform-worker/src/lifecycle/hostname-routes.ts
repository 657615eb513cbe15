import * as z from 'zod';
import {
  denyHostname,
  giveHostname,
  hasHostname,
  hostnameIsFree,
  hostnamesOf,
} from '#provisioner/registry/hostnames.ts';
import { PlatformError, validationFailed } from '#shared-schema/errors/platform-error.ts';
import { customHostnamesSchema, hostnameSchema } from '#shared-schema/hostnames/hostname.ts';
import { requireAccount } from '../accounts/account-rows.ts';
import { toCustomHostname } from '../accounts/custom-hostnames.ts';
import type { PlatformRoute } from '../http/routes.ts';
import type { Platform } from '../platform.ts';
import { isPlatformHost } from '../routing/account-address.ts';
import { lifecycleRoute } from './lifecycle-route.ts';

const addHostnameSchema = z.strictObject({ hostname: hostnameSchema });

export const addHostnameRoute = lifecycleRoute({
  kind: 'add-hostname',
  name: 'adminAddHostname',
  summary: 'Give an account a host name of its own',
  description:
    'Requests that come by it are the account’s once Cloudflare has verified it; until then the record of the host name says what its owner has to set up. The operation succeeds when Cloudflare has it; whether it is verified is looked at from then on, more seldom with time.',
  body: { name: 'AddHostname', schema: addHostnameSchema, example: { hostname: 'app.hart-law.co.uk' } },
  errors: ['CUSTOM_HOSTNAMES_NOT_CONFIGURED', 'HOSTNAME_TAKEN'],
  prepare: (platform, { id: accountId }, { hostname }) => {
    requireConfigured(platform);
    refusePlatformHost(platform, hostname);
    const { REGISTRY: registry } = platform.env;
    const now = platform.now();
    return {
      noted: { hostname },
      condition: hostnameIsFree(hostname),
      alongside: (begun) => [giveHostname(registry, { hostname, accountId, now }, begun)],
      refusal: () => {
        const fields = [{ field: 'hostname', message: 'This host name is taken.' }];
        return new PlatformError('HOSTNAME_TAKEN', { context: { fields } });
      },
    };
  },
});

export const removeHostnameRoute = lifecycleRoute({
  kind: 'remove-hostname',
  name: 'adminRemoveHostname',
  summary: 'Take a host name from an account',
  description:
    'It leads nowhere from the answer on; elsewhere than where it was answered, within 5 seconds. Then it is deleted at Cloudflare with its certificate, and others may have it.',
  errors: ['CUSTOM_HOSTNAMES_NOT_CONFIGURED', 'HOSTNAME_NOT_FOUND'],
  prepare: (platform, { id: accountId }, _, path) => {
    requireConfigured(platform);
    const hostname = (path('hostname') ?? '').toLowerCase();
    const { REGISTRY: registry } = platform.env;
    const now = platform.now();
    return {
      input: { hostname },
      noted: { hostname },
      condition: hasHostname(hostname, accountId),
      alongside: (begun) => [denyHostname(registry, { hostname, accountId, now }, begun)],
      refusal: () => new PlatformError('HOSTNAME_NOT_FOUND'),
    };
  },
});

export const readHostnamesRoute: PlatformRoute = {
  name: 'adminReadHostnames',
  tag: 'admin: accounts',
  summary: 'Read the host names of an account, with what their owners have to set up',
  answers: {
    200: {
      description: 'All of them, in the order of their names: always one page.',
      body: { name: 'CustomHostnames', schema: customHostnamesSchema },
    },
  },
  errors: ['ACCOUNT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const { id } = await requireAccount(platform, req.param('idOrSlug') ?? '');
    const rows = await hostnamesOf(platform.env.REGISTRY, id);
    return Response.json({
      data: rows.map((row) => toCustomHostname(row, platform.hosts)),
      next_cursor: null,
    });
  },
};

function requireConfigured({ env }: Platform): void {
  if (env.CUSTOM_HOSTNAME_ZONE_ID === '') throw new PlatformError('CUSTOM_HOSTNAMES_NOT_CONFIGURED');
}

/** What is the platform's own, or an account's by its slug, is nobody's to be given. Error: `VALIDATION_FAILED`. */
function refusePlatformHost({ hosts }: Platform, hostname: string): void {
  if (!isPlatformHost(hostname, hosts) && !hostname.endsWith(`.${hosts.platformDomain}`)) return;
  throw validationFailed({ field: 'hostname', message: "This name lies within the platform's own domain." });
}
