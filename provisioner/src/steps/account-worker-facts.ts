import * as z from 'zod';
import type { Stack } from '#shared-schema/stacks/stack.ts';

/** What every account Worker is told about the platform: issuer and public keys, a JSON Web Key Set as JSON. */
export interface PlatformFacts {
  readonly issuer: string;
  readonly publicKeys: string;
}

type Facts = Pick<Stack, 'id' | 'release_id'>;

/** The plain texts that the stack's Worker is bound with, by binding name: all that it has besides its database. */
export function accountWorkerTexts({ id, release_id }: Facts, platform: PlatformFacts) {
  return {
    STACK_ID: id,
    RELEASE_ID: release_id,
    PLATFORM_ISSUER: platform.issuer,
    PLATFORM_KEYS: platform.publicKeys,
  };
}

const publicKeySchema = z.object({ kid: z.string(), x: z.string() });
type PublicKey = z.infer<typeof publicKeySchema>;
const keySetSchema = z.object({ keys: z.array(publicKeySchema) });

/** The ids of the keys of a set. */
export function keyIds(publicKeys: string): string[] {
  return keySetSchema.parse(JSON.parse(publicKeys)).keys.map(({ kid }) => kid);
}

/** Whether a Worker that is bound with these keys takes tokens of the platform's current key, the first of ours, and of nobody else. */
export function trustsOnly(bound: string | undefined, ours: string): boolean {
  const parsed = keySetSchema.safeParse(parseJson(bound ?? ''));
  if (!parsed.success) return false;
  const known = keySetSchema.parse(JSON.parse(ours)).keys;
  const isOurs = (key: PublicKey) => known.some(({ kid, x }) => kid === key.kid && x === key.x);
  const knowsCurrent = known.length === 0 || parsed.data.keys.some(({ kid }) => kid === known[0]?.kid);
  return knowsCurrent && parsed.data.keys.every(isOurs);
}

const publicKeySetSchema = z.strictObject({
  keys: z.array(
    z
      .strictObject({
        ...{ kid: z.string(), x: z.string(), kty: z.string(), crv: z.string() },
        ...{ alg: z.string(), use: z.string() },
      })
      .partial(),
  ),
});

/** Whether the text is a key set and nothing else, and no key in it has a private part. */
export function isPublicKeySet(text: string): boolean {
  return publicKeySetSchema.safeParse(parseJson(text)).success;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function accountWorkerTags({ id, release_id }: Facts): string[] {
  return [`stack:${id}`, `release:${release_id}`];
}
