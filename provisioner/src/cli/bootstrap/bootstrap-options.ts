import { CliError } from '../cli-error.ts';

/** What an operator gives. */
export interface BootstrapOptions {
  readonly accountId: string;
  /** The operator's token: it stays on this machine. */
  readonly apiToken: string;
  /** The token that the platform itself is to have; needed until it has one. */
  readonly platformApiToken: string | undefined;
  /** Needed where the platform has an admin token and no release yet. */
  readonly adminToken: string | undefined;
  /** Where the Cloudflare API is, without a slash at the end. */
  readonly apiUrl: string;
  /** Accounts answer at `<slug>.<domain>`. */
  readonly domain: string;
  /** Where the platform is reached, without a slash at the end. */
  readonly url: string;
  /** Whether accounts are to have host names of their own. Once they may, they may for good. */
  readonly customHostnames: boolean;
  readonly dryRun: boolean;
  readonly newAdminToken: boolean;
}

/** What is typed at the command line. */
export interface BootstrapFlags {
  readonly domain: string;
  readonly url?: string;
  readonly customHostnames?: boolean;
  readonly dryRun?: boolean;
  readonly newAdminToken?: boolean;
}

const CLOUDFLARE_API_URL = 'https://api.cloudflare.com/client/v4';

/** Reads flags and environment. Errors: `VARIABLE_MISSING`, `DOMAIN_INVALID`. */
export function readBootstrapOptions(
  flags: BootstrapFlags,
  environment: NodeJS.ProcessEnv,
): BootstrapOptions {
  const domain = flags.domain.toLowerCase();
  if (!/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/.test(domain)) {
    throw new CliError({
      code: 'DOMAIN_INVALID',
      message: `${flags.domain} is no domain.`,
      next: 'Give the domain that accounts are to answer below: --domain example.com',
    });
  }
  return {
    accountId: required(environment, 'CLOUDFLARE_ACCOUNT_ID'),
    apiToken: required(environment, 'CLOUDFLARE_API_TOKEN'),
    platformApiToken: environment.FREEHOLD_PLATFORM_API_TOKEN || undefined,
    adminToken: environment.FREEHOLD_ADMIN_TOKEN || undefined,
    apiUrl: (environment.CLOUDFLARE_API_BASE_URL || CLOUDFLARE_API_URL).replace(/\/$/, ''),
    domain,
    url: (flags.url ?? `https://${domain}`).replace(/\/$/, ''),
    customHostnames: flags.customHostnames === true,
    dryRun: flags.dryRun === true,
    newAdminToken: flags.newAdminToken === true,
  };
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new CliError({
    code: 'VARIABLE_MISSING',
    message: `${name} is not set.`,
    next: 'docs/deploy.md says which variables there are and how to make the tokens.',
  });
}
