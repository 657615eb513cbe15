import { createHash, randomBytes } from 'node:crypto';
import { CliError } from '../cli-error.ts';
import { newSigningKeys } from '../new-signing-keys.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';
import { requirePlatformToken } from './check-token.ts';

const SIGNING_KEYS = 'SIGNING_KEYS';
const API_TOKEN = 'CLOUDFLARE_API_TOKEN';
const ADMIN_TOKEN = 'ADMIN_TOKEN_SHA256';

/**
 * The platform Worker's secrets. What is set is never replaced, but the admin token where a new one is asked for. Signing
 * keys are made in this process's memory and are nowhere else.
 *
 * Errors: `PLATFORM_TOKEN_NEEDED`, and those of a token that is not as it must be.
 */
export const ensureSecrets: BootstrapStep = {
  name: 'secrets',
  permission: 'Account › Workers Scripts › Edit',
  look: async (setup) => {
    const { account, config, facts, options } = setup;
    const set = await account.find<{ name: string }[]>(`/workers/scripts/${config.name}/secrets`);
    const isMissing = (name: string) => !set?.some((secret) => secret.name === name);
    const missing = [SIGNING_KEYS, API_TOKEN].filter(isMissing);
    if (isMissing(ADMIN_TOKEN)) missing.push(ADMIN_TOKEN);
    else if (options.newAdminToken) missing.push(`${ADMIN_TOKEN} (a new one)`);
    facts.adminToken = options.adminToken;
    return { missing, make: () => setSecrets(setup, missing) };
  },
};

async function setSecrets(setup: Setup, missing: readonly string[]): Promise<void> {
  const { account, config } = setup;
  if (missing.includes(API_TOKEN)) {
    await account.putSecret(config.name, API_TOKEN, await givenPlatformToken(setup));
  }
  if (missing.includes(SIGNING_KEYS)) {
    await account.putSecret(config.name, SIGNING_KEYS, await newSigningKeys());
  }
  if (missing.some((name) => name.startsWith(ADMIN_TOKEN))) await setAdminToken(setup);
}

/**
 * Shown first, in force then: whoever dies in between has shown a token that does not hold, and the next run shows another.
 * The other way round, a token would hold that nobody knows.
 */
async function setAdminToken({ account, config, facts, showAdminToken }: Setup): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  showAdminToken(token);
  await account.putSecret(config.name, ADMIN_TOKEN, createHash('sha256').update(token).digest('hex'));
  facts.adminToken = token;
}

async function givenPlatformToken(setup: Setup): Promise<string> {
  const { platformApiToken } = setup.options;
  if (platformApiToken === undefined) {
    throw new CliError({
      code: 'PLATFORM_TOKEN_NEEDED',
      message: 'The platform needs an API token of its own, with which it makes databases and Workers.',
      next: 'Make one as docs/deploy.md says and set FREEHOLD_PLATFORM_API_TOKEN.',
    });
  }
  await requirePlatformToken(setup, platformApiToken);
  return platformApiToken;
}
