import { SignJWT } from 'jose';
import type { OpenedSession } from '#shared-schema/control/control-calls.ts';
import {
  ACCESS_TOKEN_LIFETIME_SECONDS,
  type AccessClaims,
  CONTROL_TOKEN_LIFETIME_SECONDS,
  type ControlClaims,
  TOKEN_ALGORITHM,
} from '#shared-schema/tokens/claims.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface TokenMinterOptions {
  readonly keys: SigningKeys;
  readonly issuer: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Signs what only the platform may say. */
export class TokenMinter {
  readonly #options: TokenMinterOptions;

  constructor(options: TokenMinterOptions) {
    this.#options = options;
  }

  /** A user's access token for one account: 15 minutes. */
  accessToken(stackId: string, accountId: string, session: OpenedSession): Promise<string> {
    return this.#sign<AccessClaims>({
      ...this.#common(stackId, ACCESS_TOKEN_LIFETIME_SECONDS),
      scope: 'account',
      sub: session.user.id,
      sid: session.session_id,
      account_id: accountId,
      role: session.user.role,
    });
  }

  /** The platform's order to one account Worker: 60 seconds. */
  controlToken(stackId: string): Promise<string> {
    return this.#sign<ControlClaims>({
      ...this.#common(stackId, CONTROL_TOKEN_LIFETIME_SECONDS),
      scope: 'control',
    });
  }

  #common(stackId: string, lifetimeSeconds: number) {
    const iat = Math.floor(this.#options.now() / 1000);
    return { iss: this.#options.issuer, aud: stackId, iat, exp: iat + lifetimeSeconds };
  }

  async #sign<Claims extends AccessClaims | ControlClaims>(claims: Claims): Promise<string> {
    const { kid, key } = this.#options.keys.current;
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: TOKEN_ALGORITHM, kid }).sign(await key());
  }
}
