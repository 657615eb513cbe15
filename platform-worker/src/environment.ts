/** What the platform Worker is deployed with: the bindings, vars and secrets of wrangler.jsonc. */
export interface Environment {
  readonly REGISTRY: D1Database;
  readonly RELEASES: R2Bucket;
  /** The bytes of the documents of accounts whose residency is `eu`. */
  readonly FILES: R2Bucket;
  /** SQL files of accounts whose residency is `eu`. */
  readonly EXPORTS: R2Bucket;
  readonly DISPATCHER: DispatchNamespace;
  readonly OPERATIONS: Workflow<{ operationId: string }>;
  /** Signups by client address. */
  readonly SIGNUP_LIMIT: RateLimit;
  /** Logins by stack, e-mail and client address. */
  readonly LOGIN_LIMIT: RateLimit;
  /** Logins by stack and e-mail, from anywhere. */
  readonly LOGIN_LIMIT_PER_USER: RateLimit;
  /** Files going up and down, by account and client address. */
  readonly FILE_LIMIT: RateLimit;
  /** Where the platform is reached, without a slash at the end. */
  readonly PLATFORM_URL: string;
  /** Who its tokens say they are from. Account Workers are bound with it: it stays, also where the address changes. */
  readonly TOKEN_ISSUER: string;
  /** Accounts answer at `<slug>.<PLATFORM_DOMAIN>`. A host name without a port. */
  readonly PLATFORM_DOMAIN: string;
  /**
   * Further hosts of the platform's own, as a JSON list; those of the two above are anyway. Any other host is an account's
   * custom hostname or nobody's.
   */
  readonly PLATFORM_HOSTS: string;
  /** The zone that custom hostnames belong to, that of `PLATFORM_DOMAIN`. Empty: accounts have none. */
  readonly CUSTOM_HOSTNAME_ZONE_ID: string;
  /** Which of its two addresses an account's `url` names. Both are served always. */
  readonly ACCOUNT_ADDRESS_FORM: 'host' | 'path';
  readonly CLOUDFLARE_API_URL: string;
  readonly CLOUDFLARE_ACCOUNT_ID: string;
  readonly DISPATCH_NAMESPACE: string;
  /** Names the Cloudflare account that new stacks are made in. */
  readonly CELL: string;
  /** How many stacks are kept ready, by residency, as JSON: `{"eu": 20}`. */
  readonly POOL_SIZES: string;
  /** Whether the cron removes orphans that are old enough and hold nobody's data. `no` leaves that to `freehold audit --fix`. */
  readonly REMOVE_ORPHANS: 'yes' | 'no';
  readonly CLOUDFLARE_API_TOKEN: string;
  /** How mails leave: `console` writes them to the log with their links, `service` hands them to `MAILER`. */
  readonly MAIL_SENDER: 'console' | 'service';
  /** The firm's own Worker that sends mail. */
  readonly MAILER?: Fetcher;
  /** Whose ID tokens open sessions: a JSON list, see trusted-issuers.ts. `[]` trusts nobody. */
  readonly TRUSTED_ISSUERS: string;
  /** This Worker's own name in the Cloudflare account: whose secrets a key rotation writes. */
  readonly PLATFORM_WORKER: string;
  /** A JSON Web Key Set of private Ed25519 keys: the first signs, the second will, all verify. See shared-schema's signing-key.ts. */
  readonly SIGNING_KEYS: string;
  /** Lower-case hex. The token itself is nowhere in the platform. */
  readonly ADMIN_TOKEN_SHA256: string;
}
