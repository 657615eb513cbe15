import { createHash, randomBytes } from 'node:crypto';
import { CliError } from '../cli-error.ts';
import { newSigningKeys } from '../new-signing-keys.ts';
import type { BootstrapStep, Setup } from './bootstrap-step.ts';
import { requirePlatformToken } from './check-token.ts';
import { claimSecrets, overtaken, type SetSecret } from './claim-secrets.ts';

const SIGNING_KEYS = 'SIGNING_KEYS';
const API_TOKEN = 'CLOUDFLARE_API_TOKEN';
const ADMIN_TOKEN = 'ADMIN_TOKEN_SHA256';
/** Where there is one already. */
const NEW_ADMIN_TOKEN = `${ADMIN_TOKEN} (a new one)`;

/**
 * The platform Worker's secrets. What is set is never replaced, but the admin token where a new one is asked for. Signing
 * keys are made in this process's memory and are nowhere else.
 *
 * One run at a time sets them. Errors: `BOOTSTRAP_OVERTAKEN`, `PLATFORM_TOKEN_NEEDED`, and those of a token that is not as it must be.
 */
export const ensureSecrets: BootstrapStep = {
  name: 'secrets',
  permission: 'Account › Workers Scripts › Edit',
  look: async (setup) => {
    const { facts, options } = setup;
    const missing = await missingSecrets(setup);
    facts.adminToken = options.adminToken;
    return { missing, make: () => setSecrets(setup, missing) };
  },
};

async function missingSecrets({ account, config, options }: Setup): Promise<string[]> {
  const set = await account.find<{ name: string }[]>(`/workers/scripts/${config.name}/secrets`);
  const isMissing = (name: string) => !set?.some((secret) => secret.name === name);
  const missing = [SIGNING_KEYS, API_TOKEN, ADMIN_TOKEN].filter(isMissing);
  return options.newAdminToken && !isMissing(ADMIN_TOKEN) ? [...missing, NEW_ADMIN_TOKEN] : missing;
}

async function setSecrets(setup: Setup, missing: readonly string[]): Promise<void> {
  const apiToken = missing.includes(API_TOKEN) ? await givenPlatformToken(setup) : undefined;
  await claimSecrets(setup, async (setSecret) => {
    // Another run may have set them between the look and the claim.
    if ((await missingSecrets(setup)).join() !== missing.join()) throw overtaken(setup.config.name);
    if (apiToken !== undefined) await setSecret(API_TOKEN, apiToken);
    if (missing.includes(SIGNING_KEYS)) await setSecret(SIGNING_KEYS, await newSigningKeys());
    if ([ADMIN_TOKEN, NEW_ADMIN_TOKEN].some((name) => missing.includes(name))) {
      await setAdminToken(setup, setSecret);
    }
  });
}

/**
 * Shown first, in force then: whoever dies in between has shown a token that does not hold, and the next run shows another.
 * The other way round, a token would hold that nobody knows.
 */
async function setAdminToken({ facts, showAdminToken }: Setup, setSecret: SetSecret): Promise<void> {
  const token = randomBytes(32).toString('base64url');
  showAdminToken(token);
  await setSecret(ADMIN_TOKEN, createHash('sha256').update(token).digest('hex'));
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
