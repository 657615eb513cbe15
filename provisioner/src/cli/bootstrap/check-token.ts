import { asPlatformError } from '#shared-schema/errors/error-envelope.ts';
import { CliError } from '../cli-error.ts';
import { type BootstrapStep, nothingMissing, type Setup } from './bootstrap-step.ts';
import { CloudflareAccount } from './cloudflare-account.ts';

interface Probe {
  readonly permission: string;
  readonly path: string;
}

/**
 * A read for each permission that is needed: Cloudflare's API does not tell what a token may do (November 2026). That it
 * may also write shows only when it does.
 */
const OPERATOR_PROBES: readonly Probe[] = [
  { permission: 'Account › Account Settings › Read', path: '' },
  { permission: 'Account › Workers Scripts › Edit', path: '/workers/scripts' },
  {
    permission: 'Account › Workers Scripts › Edit, with Workers for Platforms bought',
    path: '/workers/dispatch/namespaces',
  },
  { permission: 'Account › D1 › Edit', path: '/d1/database?per_page=1' },
  { permission: 'Account › Workers R2 Storage › Edit, with R2 enabled', path: '/r2/buckets?per_page=1' },
  { permission: 'Zone › Zone › Read', path: '//zones?per_page=5' },
];

/** What the platform itself does: it makes databases and uploads Workers. */
const PLATFORM_PROBES = OPERATOR_PROBES.filter(({ path }) => /d1|dispatch/.test(path));

/** The operator's token is active, and may read all that the steps look at. Errors: `TOKEN_INVALID`, `TOKEN_PERMISSION_MISSING`. */
export const checkToken: BootstrapStep = {
  name: 'token',
  look: async ({ options, account }) => {
    await requireToken(account, 'CLOUDFLARE_API_TOKEN', OPERATOR_PROBES, options.accountId);
    return nothingMissing;
  },
};

/** As {@link checkToken}, of the token that the platform is to have. */
export async function requirePlatformToken({ options, facts }: Setup, apiToken: string): Promise<void> {
  const account = new CloudflareAccount({ ...options, apiToken });
  const path = `//zones/${facts.hostnameZoneId}/custom_hostnames?per_page=5`;
  const probes = facts.hostnameZoneId
    ? [...PLATFORM_PROBES, { permission: 'Zone › SSL and Certificates › Edit', path }]
    : PLATFORM_PROBES;
  await requireToken(account, 'FREEHOLD_PLATFORM_API_TOKEN', probes, options.accountId);
}

async function requireToken(
  account: CloudflareAccount,
  variable: string,
  probes: readonly Probe[],
  accountId: string,
): Promise<void> {
  const status =
    (await tokenStatus(account, '//user/tokens/verify')) ?? (await tokenStatus(account, '/tokens/verify'));
  if (status !== 'active') {
    throw new CliError({
      code: 'TOKEN_INVALID',
      message: `${variable} is ${status === null ? 'no API token of this Cloudflare account' : status}.`,
      next: 'Make one as docs/deploy.md says.',
      context: { account_id: accountId, status },
    });
  }
  const missing: string[] = [];
  for (const { permission, path } of probes) if (!(await mayRead(account, path))) missing.push(permission);
  if (missing.length === 0) return;
  throw new CliError({
    code: 'TOKEN_PERMISSION_MISSING',
    message: `${variable} lacks: ${missing.join('; ')}.`,
    next: 'Tick what is missing at https://dash.cloudflare.com/profile/api-tokens and run it again.',
    context: { missing },
  });
}

/** Null where the address knows no such token: tokens of a user and of an account have one each. */
async function tokenStatus(account: CloudflareAccount, path: string): Promise<string | null> {
  try {
    return (await account.read<{ status: string }>(path)).status;
  } catch (thrown) {
    if (isRefusal(thrown)) return null;
    throw thrown;
  }
}

async function mayRead(account: CloudflareAccount, path: string): Promise<boolean> {
  try {
    await account.read(path);
    return true;
  } catch (thrown) {
    if (isRefusal(thrown)) return false;
    throw thrown;
  }
}

function isRefusal(thrown: unknown): boolean {
  const { status } = asPlatformError(thrown).context;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 429;
}
