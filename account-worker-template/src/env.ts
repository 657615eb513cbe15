/** Everything that an account Worker holds: its own database, and who it is. */
export interface Env {
  readonly DB: D1Database;
  readonly STACK_ID: string;
  readonly RELEASE_ID: string;
  /** A JSON Web Key Set with the platform's public keys, as JSON. */
  readonly PLATFORM_KEYS: string;
  readonly PLATFORM_ISSUER: string;
}
