import type { CloudflareApi } from '#provisioner/cloudflare/cloudflare-api.ts';
import type { BootstrapOptions } from './bootstrap-options.ts';
import type { CloudflareAccount } from './cloudflare-account.ts';
import type { PlatformConfig } from './platform-config.ts';

/** What the steps share. What a step finds out, those after it read from `facts`. */
export interface Setup {
  readonly options: BootstrapOptions;
  readonly config: PlatformConfig;
  readonly account: CloudflareAccount;
  readonly databases: CloudflareApi;
  readonly facts: SetupFacts;
  /** Shows the admin token, which is nowhere else. */
  readonly showAdminToken: (token: string) => void;
}

export interface Zone {
  readonly id: string;
  readonly name: string;
}

export interface SetupFacts {
  zone?: Zone;
  /** The zone that accounts' own host names belong to; '' where they are off. */
  hostnameZoneId?: string;
  /** Absent where there is no registry yet. */
  registryId?: string;
  /** Whether the registry has its tables. */
  isMigrated?: boolean;
  /** The admin token, where it was given or has just been made. */
  adminToken?: string | undefined;
}

/** What a step found. */
export interface Finding {
  /** What is to be made, a phrase each. Nothing where all is there. */
  readonly missing: readonly string[];
  /** Makes what is missing. Safe to repeat. */
  readonly make: () => Promise<void>;
  /** Why something is left as it is. */
  readonly left?: string;
}

/**
 * One thing that production needs. `look` changes nothing, and throws where something is there that is not as it must be.
 * In a dry run it may meet that what earlier steps would make is not there.
 */
export interface BootstrapStep {
  readonly name: string;
  /** The permission that the operator's token needs for it, as Cloudflare's dashboard calls it, where it is one of a few. */
  readonly permission?: string;
  readonly look: (setup: Setup) => Promise<Finding>;
}

export const nothingMissing: Finding = { missing: [], make: () => Promise.resolve() };
