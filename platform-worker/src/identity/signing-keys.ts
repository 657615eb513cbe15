import { importJWK, type JSONWebKeySet, type JWK } from 'jose';
import * as z from 'zod';
import { TOKEN_ALGORITHM } from '#shared-schema/tokens/claims.ts';

const privateKeysSchema = z.object({
  keys: z
    .array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        kid: z.string().min(1),
        x: z.string().min(1),
        d: z.string().min(1),
      }),
    )
    .min(1),
});

export interface SigningKeys {
  readonly current: { readonly kid: string; readonly key: () => Promise<CryptoKey | Uint8Array> };
  /** What the world, and every account Worker, may know: current and next. */
  readonly publicKeys: JSONWebKeySet;
}

/** Reads the secret `SIGNING_KEYS`. A value that is not a set of private Ed25519 keys stops the Worker at once. */
export function readSigningKeys(secret: string): SigningKeys {
  const { keys } = privateKeysSchema.parse(JSON.parse(secret));
  const [first] = keys;
  if (!first) throw new TypeError('SIGNING_KEYS holds no key.');
  let imported: ReturnType<typeof importJWK> | undefined;
  return {
    current: {
      kid: first.kid,
      key: () => {
        imported ??= importJWK(first, TOKEN_ALGORITHM);
        return imported;
      },
    },
    publicKeys: { keys: keys.map(publicPart) },
  };
}

function publicPart({ kty, crv, kid, x }: JWK & { kid: string }): JWK {
  return { ...{ kid, x, alg: TOKEN_ALGORITHM, use: 'sig' }, ...(kty && { kty }), ...(crv && { crv }) } as JWK;
}
