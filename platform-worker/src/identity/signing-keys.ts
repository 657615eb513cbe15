import { importJWK, type JSONWebKeySet, type JWK } from 'jose';
import { TOKEN_ALGORITHM } from '#shared-schema/tokens/claims.ts';
import {
  type SigningKey,
  type SigningKeySet,
  signingKeySetSchema,
} from '#shared-schema/tokens/signing-key.ts';
import { isKept } from './rotate-keys.ts';

export interface SigningKeys {
  readonly current: { readonly kid: string; readonly key: () => Promise<CryptoKey | Uint8Array> };
  /** Of every key that is held. */
  readonly publicKeys: JSONWebKeySet;
  /** What the world, and every account Worker, may know now: current, next, and previous ones whose tokens may still live. */
  readonly publicKeysAt: (now: number) => JSONWebKeySet;
  /** The secret's own content. */
  readonly set: SigningKeySet;
}

/** Reads the secret `SIGNING_KEYS`. A value that is not a set of private Ed25519 keys stops the Worker at once. */
export function readSigningKeys(secret: string): SigningKeys {
  const set = signingKeySetSchema.parse(JSON.parse(secret));
  const [current, next, ...previous] = set.keys;
  let imported: ReturnType<typeof importJWK> | undefined;
  return {
    set,
    current: {
      kid: current.kid,
      key: () => {
        imported ??= importJWK(current, TOKEN_ALGORITHM);
        return imported;
      },
    },
    publicKeys: { keys: set.keys.map(publicPart) },
    publicKeysAt: (now) => ({
      keys: [current, next, ...previous.filter((key) => isKept(key, now))].map(publicPart),
    }),
  };
}

function publicPart({ kty, crv, kid, x }: SigningKey): JWK {
  return { kid, x, alg: TOKEN_ALGORITHM, use: 'sig', kty, crv };
}
