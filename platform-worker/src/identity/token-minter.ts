import { SignJWT } from 'jose';
import type { OpenedSession } from '#shared-schema/control/control-calls.ts';
import type { FileFacts } from '#shared-schema/files/file-grant.ts';
import {
  DOWNLOAD_URL_LIFETIME_SECONDS,
  UPLOAD_URL_LIFETIME_SECONDS,
} from '#shared-schema/files/file-rules.ts';
import {
  ACCESS_TOKEN_LIFETIME_SECONDS,
  type AccessClaims,
  CONTROL_TOKEN_LIFETIME_SECONDS,
  type ControlClaims,
  type FileClaims,
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

  /** What opens one file for one method: 15 minutes to upload, 5 to download. `expiresAt` is in milliseconds. */
  async fileToken(
    stackId: string,
    accountId: string,
    method: FileClaims['method'],
    file: FileFacts,
  ): Promise<{ readonly token: string; readonly expiresAt: number }> {
    const lifetime = method === 'PUT' ? UPLOAD_URL_LIFETIME_SECONDS : DOWNLOAD_URL_LIFETIME_SECONDS;
    const common = this.#common(stackId, lifetime);
    const token = await this.#sign<FileClaims>({
      ...common,
      ...file,
      scope: 'file',
      account_id: accountId,
      method,
    });
    return { token, expiresAt: common.exp * 1000 };
  }

  #common(stackId: string, lifetimeSeconds: number) {
    const iat = Math.floor(this.#options.now() / 1000);
    return { iss: this.#options.issuer, aud: stackId, iat, exp: iat + lifetimeSeconds };
  }

  async #sign<Claims extends AccessClaims | ControlClaims | FileClaims>(claims: Claims): Promise<string> {
    const { kid, key } = this.#options.keys.current;
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: TOKEN_ALGORITHM, kid }).sign(await key());
  }
}
