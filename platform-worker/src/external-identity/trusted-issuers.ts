import * as z from 'zod';
import { slugSchema } from '#shared-schema/fields/slug.ts';

/** Signatures only: `none` and the HMACs, whose secret would have to be shared, cannot be allowed. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;

/** Keys that decide who somebody is come over TLS, or from this very machine. */
const keySetUrlSchema = z.url({ protocol: /^https?$/ }).refine(
  (text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || hostname === 'localhost' || hostname === '127.0.0.1';
  },
  { error: 'A jwks_uri is an https URL.' },
);

/** An OIDC issuer whose word on a person's e-mail address is taken. */
export const trustedIssuerSchema = z.strictObject({
  /** Exactly as its tokens say it in `iss`. */
  issuer: z.string().min(1),
  jwks_uri: keySetUrlSchema,
  /** The client ids that were given to this deployment: a token is for one of them. */
  audience: z.array(z.string().min(1)).min(1),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1),
  /** The slugs of the accounts that it may open, or all. */
  accounts: z.union([z.literal('all'), z.array(slugSchema).min(1)]),
  /** How long after its keys were read an unknown key id makes nobody read them again. Default is 30 seconds. */
  cooldown_seconds: z.number().min(1).max(3600).default(30),
});
export type TrustedIssuer = z.infer<typeof trustedIssuerSchema>;

/**
 * Reads the var `TRUSTED_ISSUERS`. A value that is not a list of issuers, or that leaves open which of two entries
 * holds for an account, stops the Worker at once.
 */
export function readTrustedIssuers(text: string): readonly TrustedIssuer[] {
  const issuers = z.array(trustedIssuerSchema).parse(JSON.parse(text));
  for (const [position, one] of issuers.entries()) {
    const twice = issuers
      .slice(position + 1)
      .some((other) => other.issuer === one.issuer && meet(one, other));
    if (twice) throw new TypeError(`TRUSTED_ISSUERS names ${one.issuer} twice for the same account.`);
  }
  return issuers;
}

/** Whether the issuer may open the account. */
export function serves({ accounts }: TrustedIssuer, slug: string): boolean {
  return accounts === 'all' || accounts.includes(slug);
}

function meet(one: TrustedIssuer, other: TrustedIssuer): boolean {
  if (one.accounts === 'all' || other.accounts === 'all') return true;
  return one.accounts.some((slug) => serves(other, slug));
}
