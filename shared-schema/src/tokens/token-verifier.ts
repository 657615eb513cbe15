import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { PlatformError } from '../errors/platform-error.ts';
import {
  type AccessClaims,
  type Claims,
  type ControlClaims,
  claimsSchema,
  type FileClaims,
  TOKEN_ALGORITHM,
} from './claims.ts';

/** How many verified tokens an isolate remembers: an entry is under 2 kB, so at most about 8 MB. */
export const VERIFIED_TOKENS_KEPT = 4096;

export interface TokenVerifierOptions {
  readonly keys: JSONWebKeySet;
  readonly issuer: string;
  /** The time in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/**
 * Verifies tokens that the platform signed: EdDSA only, issuer, lifetime, the exact scope, and the audience, which is
 * the stack.
 *
 * A signature is checked once: a good token is remembered by its whole text until it expires. The keys of a verifier
 * never change, so remembering cannot outlive a key.
 *
 * Errors: `TOKEN_EXPIRED`; `ACCOUNT_NOT_FOUND` for a good token of another stack, so that a foreign account and an
 * unknown one look the same; `TOKEN_INVALID` for everything else, without saying what.
 */
export class TokenVerifier {
  readonly #keys: ReturnType<typeof createLocalJWKSet>;
  readonly #options: TokenVerifierOptions;
  readonly #verified = new Map<string, Claims>();

  constructor(options: TokenVerifierOptions) {
    this.#keys = createLocalJWKSet(options.keys);
    this.#options = options;
  }

  async verifyAccessToken(token: string, stackId: string): Promise<AccessClaims> {
    const claims = await this.#verify(token);
    if (claims.scope !== 'account') throw new PlatformError('TOKEN_INVALID');
    if (claims.aud !== stackId) throw new PlatformError('ACCOUNT_NOT_FOUND');
    return claims;
  }

  async verifyControlToken(token: string, stackId: string): Promise<ControlClaims> {
    const claims = await this.#verify(token);
    if (claims.scope !== 'control' || claims.aud !== stackId) throw new PlatformError('TOKEN_INVALID');
    return claims;
  }

  async verifyFileToken(token: string, stackId: string): Promise<FileClaims> {
    const claims = await this.#verify(token);
    if (claims.scope !== 'file') throw new PlatformError('TOKEN_INVALID');
    if (claims.aud !== stackId) throw new PlatformError('ACCOUNT_NOT_FOUND');
    return claims;
  }

  async #verify(token: string): Promise<Claims> {
    const claims = this.#verified.get(token) ?? (await this.#verifyAndRemember(token));
    if (claims.exp * 1000 <= this.#options.now()) {
      this.#verified.delete(token);
      throw new PlatformError('TOKEN_EXPIRED');
    }
    return claims;
  }

  async #verifyAndRemember(token: string): Promise<Claims> {
    const claims = claimsSchema.safeParse(await this.#verifySignature(token));
    if (!claims.success) throw new PlatformError('TOKEN_INVALID', { cause: claims.error });
    if (this.#verified.size >= VERIFIED_TOKENS_KEPT) this.#forgetOldest();
    this.#verified.set(token, claims.data);
    return claims.data;
  }

  async #verifySignature(token: string): Promise<unknown> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: this.#options.issuer,
        currentDate: new Date(this.#options.now()),
      });
      return payload;
    } catch (cause) {
      throw new PlatformError(cause instanceof errors.JWTExpired ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', {
        cause,
      });
    }
  }

  #forgetOldest(): void {
    const oldest = this.#verified.keys().next();
    if (!oldest.done) this.#verified.delete(oldest.value);
  }
}

/** The token of an `Authorization: Bearer` header: the only place where a token is looked for. Error: `TOKEN_MISSING`. */
export function bearerToken(headers: Headers): string {
  const match = /^Bearer +([\w.~+/=-]+)$/i.exec(headers.get('authorization') ?? '');
  if (!match?.[1]) throw new PlatformError('TOKEN_MISSING');
  return match[1];
}
