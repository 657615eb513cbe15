import { runOperations } from '#provisioner/operations/run-operations.ts';
import { uploadKeys } from '#provisioner/reconciler/upload-keys.ts';
import { insertEvent } from '#provisioner/registry/events.ts';
import { countStacksByKey, countStacksWithoutKey } from '#provisioner/registry/stack-keys.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import {
  type DistributedKeys,
  distributedKeysSchema,
  distributeKeysSchema,
  type ListedKey,
  listedKeysSchema,
  newSigningKey,
  rotateKeysSchema,
  type SigningKeySet,
} from '#shared-schema/tokens/signing-key.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { rotateKeys } from '../identity/rotate-keys.ts';

const tag = 'admin: keys';
const answer = { description: 'All keys.', body: { name: 'SigningKeys', schema: listedKeysSchema } };

/** The secret that this Worker reads its keys from when an isolate starts. */
const SECRET = 'SIGNING_KEYS';

export const readKeysRoute: PlatformRoute = {
  name: 'adminReadKeys',
  tag,
  summary: 'See the keys that sign tokens, and how many stacks know each',
  answers: { 200: answer },
  handler: async ({ env: { platform } }) =>
    Response.json({ data: await listed(platform.env.REGISTRY, platform.keys.set) }),
};

export const rotateKeysRoute: PlatformRoute = {
  name: 'adminRotateKeys',
  tag,
  summary: 'Sign with the next key from now on, and make another next one',
  description:
    'Refused while a stack in use has a Worker that does not know the next key. What the present key signed stays good to its end, unless it is `leaked`.',
  body: { name: 'KeyRotation', schema: rotateKeysSchema },
  answers: { 200: { ...answer, description: 'All keys, as isolates that start from now on have them.' } },
  errors: [
    'CLOUDFLARE_RATE_LIMITED',
    'CLOUDFLARE_REJECTED',
    'CLOUDFLARE_UNAVAILABLE',
    'KEYS_NOT_EVERYWHERE',
    'WORKER_NOT_FOUND',
  ],
  handler: async ({ env: { platform, requestId }, req }) => {
    const { leaked } = await readJsonBody(req.raw, rotateKeysSchema);
    const { env, keys, now, newId } = platform;
    const [, next] = keys.set.keys;
    const without = await countStacksWithoutKey(env.REGISTRY, next.kid);
    if (without > 0) {
      throw new PlatformError('KEYS_NOT_EVERYWHERE', { context: { key_id: next.kid, stacks: without } });
    }
    const rotated = rotateKeys(keys.set, { fresh: await newSigningKey(), leaked, now: now() });
    // Before the secret changes: no rotation is without its event, whatever dies then.
    await insertEvent(env.REGISTRY, {
      ...{ id: newId(), at: now(), actor: 'admin', action: 'rotate-keys.began', requestId },
      ...{ targetKind: 'key', targetId: next.kid },
      before: { keys: idsOf(keys.set) },
      after: { keys: idsOf(rotated), leaked },
    }).run();
    await platform.adminCloudflare.putWorkerSecret(env.PLATFORM_WORKER, SECRET, JSON.stringify(rotated));
    return Response.json({ data: await listed(env.REGISTRY, rotated) });
  },
};

export const distributeKeysRoute: PlatformRoute = {
  name: 'adminDistributeKeys',
  tag,
  summary: 'Upload Workers again that do not know the next key: the next few by id',
  description:
    'Each by a repair, which is one call of the Cloudflare API. An account that something else works on is passed over.',
  body: { name: 'KeyDistribution', schema: distributeKeysSchema },
  answers: {
    200: { description: 'What was begun.', body: { name: 'DistributedKeys', schema: distributedKeysSchema } },
  },
  handler: async ({ env: { platform, requestId }, req }) => {
    const { after = '' } = await readJsonBody(req.raw, distributeKeysSchema);
    const { env, keys, now, newId } = platform;
    const keyId = keys.set.keys[1].kid;
    const { operations, next } = await uploadKeys(
      { registry: env.REGISTRY, now, newId },
      { keyId, after, actor: 'admin' },
    );
    await runOperations(platform.operationPorts(requestId), operations, 'admin');
    const answered: DistributedKeys = {
      operations,
      next,
      stacks: await countStacksWithoutKey(env.REGISTRY, keyId),
    };
    return Response.json(answered);
  },
};

async function listed(registry: D1Database, { keys }: SigningKeySet): Promise<ListedKey[]> {
  const stacks = await countStacksByKey(registry);
  return keys.map(({ kid, since = null }, position) => ({
    ...{ id: kid, since, stacks: stacks.get(kid) ?? 0 },
    role: (['current', 'next'] as const)[position] ?? 'previous',
  }));
}

function idsOf({ keys }: SigningKeySet): string[] {
  return keys.map(({ kid }) => kid);
}
