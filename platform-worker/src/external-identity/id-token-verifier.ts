import { decodeJwt, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as z from 'zod';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { emailSchema } from '#shared-schema/fields/fields.ts';
import { remoteKeys } from './remote-keys.ts';
import { serves, type TrustedIssuer } from './trusted-issuers.ts';

/** How far the issuer's clock may be from ours. */
export const CLOCK_TOLERANCE_SECONDS = 30;

export interface IdTokenVerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  /** The time in milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Told why a token was refused, which its bearer is not. Nothing of the token itself. */
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  /** Default reads each issuer's `jwks_uri`. */
  readonly keysOf?: (issuer: TrustedIssuer) => JWTVerifyGetKey;
}

/** What must be so in a token whose signature, issuer, audience and times are good. */
const claimsSchema = z.object({
  email: emailSchema,
  email_verified: z.literal(true),
  aud: z.union([z.string(), z.array(z.string())]),
  azp: z.string().optional(),
});

/**
 * Verifies OIDC ID tokens (OpenID Connect Core 1.0, section 3.1.3.7) of the issuers that the deployment trusts: the
 * signature by a key of the issuer's own and an algorithm of its list, `iss`, `aud` and `azp`, `exp`, `iat` and `nbf`
 * with 30 seconds of tolerance, and `email_verified` being true. A nonce is not asked for: this side did not begin the
 * log-in. Who did compares it before it hands the token on.
 */
export class IdTokenVerifier {
  readonly #options: IdTokenVerifierOptions;
  readonly #keys = new Map<TrustedIssuer, JWTVerifyGetKey>();

  constructor(options: IdTokenVerifierOptions) {
    this.#options = options;
  }

  /**
   * The address that the token's issuer verified, where that issuer may open the account.
   *
   * Errors: `INVALID_CREDENTIALS` whatever is wrong with the token; `ISSUER_UNAVAILABLE`.
   */
  async verifiedEmail(idToken: string, slug: string, requestId: string): Promise<string> {
    try {
      return await this.#verify(idToken, slug);
    } catch (cause) {
      if (cause instanceof PlatformError) throw cause;
      this.#options.log({ event: 'id-token-refused', request_id: requestId, account: slug, why: why(cause) });
      throw new PlatformError('INVALID_CREDENTIALS', { cause });
    }
  }

  async #verify(idToken: string, slug: string): Promise<string> {
    const { iss } = decodeJwt(idToken); // says only whose keys to ask; jwtVerify checks it
    const issuer = this.#options.issuers.find((one) => one.issuer === iss && serves(one, slug));
    if (!issuer) throw new errors.JWTClaimValidationFailed('The issuer is not trusted here.', {}, 'iss');
    const { payload, protectedHeader } = await jwtVerify(idToken, this.#keysOf(issuer), {
      algorithms: issuer.algorithms,
      issuer: issuer.issuer,
      audience: issuer.audience,
      requiredClaims: ['sub', 'exp', 'iat'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(this.#options.now()),
    });
    // An access token of the same issuer says so in its header (RFC 9068, section 2.1) and is no ID token.
    if (protectedHeader.typ !== undefined && protectedHeader.typ.toUpperCase() !== 'JWT') {
      throw new errors.JWTInvalid('This is another kind of token.');
    }
    return addressOf(payload, issuer);
  }

  #keysOf(issuer: TrustedIssuer): JWTVerifyGetKey {
    const known = this.#keys.get(issuer);
    if (known) return known;
    const keys = (this.#options.keysOf ?? remoteKeys)(issuer);
    this.#keys.set(issuer, keys);
    return keys;
  }
}

/** A token for several parties says whom it was given to (`azp`), and that is us. */
function addressOf(payload: JWTPayload, { audience }: TrustedIssuer): string {
  const { email, aud, azp } = claimsSchema.parse(payload);
  const party = azp ?? (Array.isArray(aud) && aud.length > 1 ? null : audience[0]);
  if (party === null || party === undefined || !audience.includes(party)) {
    throw new errors.JWTClaimValidationFailed('The token was given to another party.', payload, 'azp');
  }
  return email;
}

function why(cause: unknown): unknown {
  if (cause instanceof errors.JOSEError) return cause.code;
  if (cause instanceof z.ZodError) return cause.issues.map(({ path }) => path.join('.'));
  return cause instanceof Error ? cause.name : 'unknown';
}
