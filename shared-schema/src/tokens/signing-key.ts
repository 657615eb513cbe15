import { exportJWK, generateKeyPair } from 'jose';
import * as z from 'zod';
import { timestampSchema, uuidSchema } from '../fields/fields.ts';
import { sha256Hex } from '../hashing/sha256.ts';
import { TOKEN_ALGORITHM } from './claims.ts';

/** A private Ed25519 key as the platform's secret holds it. */
export const signingKeySchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  kid: z.string().min(1),
  x: z.string().min(1),
  d: z.string().min(1),
  /** When it became what it is, current, next or previous; not known of the first keys. */
  since: timestampSchema.optional(),
});
export type SigningKey = z.infer<typeof signingKeySchema>;

/** The platform's secret `SIGNING_KEYS`: the current key, which signs; the next one; then those that signed before. */
export const signingKeySetSchema = z.object({
  keys: z.tuple([signingKeySchema, signingKeySchema], signingKeySchema),
});
export type SigningKeySet = z.infer<typeof signingKeySetSchema>;

/** A new key. Its id is made of its public part, so that two keys never share one. */
export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(TOKEN_ALGORITHM, { crv: 'Ed25519', extractable: true });
  const { x, d } = await exportJWK(privateKey);
  if (!x || !d) throw new TypeError('An Ed25519 key has x and d.');
  return { kty: 'OKP', crv: 'Ed25519', kid: (await sha256Hex(x)).slice(0, 16), x, d };
}

export const keyRoleSchema = z.enum(['current', 'next', 'previous']);

/** A key as an operator sees it. */
export const listedKeySchema = z.object({
  id: z.string(),
  /** `current` signs; `next` will, once every Worker knows it; `previous` signed, and its tokens are good to their end. */
  role: keyRoleSchema,
  since: timestampSchema.nullable(),
  /** Stacks in use whose Worker was uploaded with it. */
  stacks: z.int(),
});
export type ListedKey = z.infer<typeof listedKeySchema>;

export const listedKeysSchema = z.object({ data: z.array(listedKeySchema) });

export const distributeKeysSchema = z.strictObject({
  /** Begins after the stack of this id; at the first where it is left out. */
  after: uuidSchema.optional(),
});

/** What one call began, and where the next one goes on: null after the last stack. */
export const distributedKeysSchema = z.object({
  operations: z.array(uuidSchema),
  next: uuidSchema.nullable(),
  /** Stacks in use that do not know the next key, these among them until their operations end. */
  stacks: z.int(),
});
export type DistributedKeys = z.infer<typeof distributedKeysSchema>;

export const rotateKeysSchema = z.strictObject({
  /** Somebody else has the keys that signed until now: their tokens end at once. Default is false. */
  leaked: z.boolean().default(false),
});
