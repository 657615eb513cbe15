import type { Context } from 'hono';
import type { PlatformRoute } from '#platform-worker/http/routes.ts';
import type { RequestEnvironment } from '#platform-worker/http/request-environment.ts';
import { deleteRoute, purgeRoute, undeleteRoute } from '#platform-worker/lifecycle/deletion-routes.ts';
import {
  changeSlugRoute,
  exportRoute,
  restoreExportRoute,
  restoreRoute,
  resumeRoute,
  suspendRoute,
} from '#platform-worker/lifecycle/lifecycle-routes.ts';
import { createAccount } from '#platform-worker/signup/create-account.ts';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import { fillPool } from '#provisioner/pool/fill-pool.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import type { Clock, DriverPlatform } from './driver-platform.ts';

/** Something that somebody orders of the platform. */
export type Order =
  | { readonly kind: 'signup'; readonly slug: string }
  | { readonly kind: 'fill-pool'; readonly size: number }
  | {
      readonly kind: Exclude<OperationKind, 'provision' | 'prepare-stack'>;
      readonly accountId: string;
      readonly body?: Readonly<Record<string, unknown>>;
      readonly key: string;
    };

const ROUTES: Readonly<Record<Exclude<OperationKind, 'provision' | 'prepare-stack'>, PlatformRoute>> = {
  suspend: suspendRoute,
  resume: resumeRoute,
  'change-slug': changeSlugRoute,
  export: exportRoute,
  restore: restoreRoute,
  'restore-export': restoreExportRoute,
  delete: deleteRoute,
  undelete: undeleteRoute,
  purge: purgeRoute,
};

/**
 * Orders it as a client does, under a key, and gives the id of the operation; null where the order had begun one before.
 * Whoever was not answered orders again.
 */
export async function place({ platform, begun }: DriverPlatform, order: Order): Promise<string | null> {
  const { now, newId, env, stackPlace } = platform;
  if (order.kind === 'fill-pool') {
    const sizes = { eu: order.size };
    const [operationId = null] = await fillPool({ registry: env.REGISTRY, sizes, place: stackPlace, now, newId });
    return operationId;
  }
  if (order.kind === 'signup') {
    const { operationId } = await createAccount(platform, {
      signup: {
        ...{ name: 'Hart', slug: order.slug, residency: 'eu' },
        owner: { name: 'Ann', email: 'ann@hart.example', password: 'correct horse battery' },
      },
      passwordHash: 'scrypt$1$1$1$AA==$AA==',
      idempotent: { key: `signup ${order.slug}`, fingerprint: order.slug, now: now() },
      requestId: 'a-signup',
    });
    return operationId;
  }
  const before = begun.length;
  const request = new Request(`https://platform.test/admin/accounts/${order.accountId}/${order.kind}`, {
    method: 'POST',
    headers: { 'idempotency-key': order.key, 'content-type': 'application/json' },
    body: order.body ? JSON.stringify(order.body) : null,
  });
  const context = {
    env: { platform, requestId: 'an-order' },
    req: { raw: request, param: () => order.accountId },
  };
  await ROUTES[order.kind].handler(context as unknown as Context<RequestEnvironment>); // what these handlers use of it
  return begun[before] ?? null;
}

/** Drives an operation as its Workflow does: it comes back whenever the operation is available, its clock moved on to then. */
export async function drive({ platform }: DriverPlatform, operationId: string, clock: Clock): Promise<void> {
  for (let runs = 0; runs < 100; runs += 1) {
    const outcome = await runOperation(platform.operationPorts('a-driver'), operationId, 'workflow');
    if (outcome.finished) return;
    clock.now = Math.max(clock.now, outcome.availableAt);
  }
  throw new Error(`Operation ${operationId} does not end.`);
}
