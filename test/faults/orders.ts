import type { Context } from 'hono';
import { cloneRoute } from '#platform-worker/clones/clone-route.ts';
import type { RequestEnvironment } from '#platform-worker/http/request-environment.ts';
import type { PlatformRoute } from '#platform-worker/http/routes.ts';
import { deleteRoute, purgeRoute, undeleteRoute } from '#platform-worker/lifecycle/deletion-routes.ts';
import { addHostnameRoute, removeHostnameRoute } from '#platform-worker/lifecycle/hostname-routes.ts';
import {
  changeSlugRoute,
  exportRoute,
  restoreExportRoute,
  restoreRoute,
  resumeRoute,
  suspendRoute,
} from '#platform-worker/lifecycle/lifecycle-routes.ts';
import type { Platform } from '#platform-worker/platform.ts';
import { createAccount } from '#platform-worker/signup/create-account.ts';
import { runOperation } from '#provisioner/operations/run-operation.ts';
import { fillPool } from '#provisioner/pool/fill-pool.ts';
import { beginOperation } from '#provisioner/registry/begin-operation.ts';
import { newOperation } from '#provisioner/registry/insert-operation.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { OperationKind } from '#shared-schema/operations/operation.ts';
import type { Clock, DriverPlatform } from './driver-platform.ts';

/** What is done to an account that is there. */
export type LifecycleKind = Exclude<OperationKind, 'provision' | 'prepare-stack' | 'clone'>;

export interface LifecycleOrder {
  readonly kind: LifecycleKind;
  readonly accountId: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly key: string;
}

/** A new account is made of another's export. */
export interface CloneOrder {
  readonly kind: 'clone';
  readonly slug: string;
  readonly sourceId: string;
  readonly exportId: string;
}

/** Something that somebody orders of the platform. */
export type Order =
  | { readonly kind: 'signup'; readonly slug: string }
  | { readonly kind: 'fill-pool'; readonly size: number }
  | CloneOrder
  | LifecycleOrder;

const ROUTES: Readonly<Record<Exclude<LifecycleKind, 'repair' | 'upgrade'>, PlatformRoute>> = {
  suspend: suspendRoute,
  resume: resumeRoute,
  'change-slug': changeSlugRoute,
  export: exportRoute,
  restore: restoreRoute,
  'restore-export': restoreExportRoute,
  delete: deleteRoute,
  undelete: undeleteRoute,
  purge: purgeRoute,
  'add-hostname': addHostnameRoute,
  'remove-hostname': removeHostnameRoute,
};

/**
 * Orders it as a client does, under a key, and gives the id of the operation; null where the order had begun one before.
 * Whoever was not answered orders again.
 */
export async function place({ platform, begun }: DriverPlatform, order: Order): Promise<string | null> {
  const { now, newId, env, stackPlace } = platform;
  if (order.kind === 'fill-pool') {
    const sizes = { eu: order.size };
    const [operationId = null] = await fillPool({
      registry: env.REGISTRY,
      sizes,
      place: stackPlace,
      now,
      newId,
    });
    return operationId;
  }
  if (order.kind === 'signup') {
    const { operationId } = await createAccount(platform, {
      signup: {
        ...{ name: 'Hart', slug: order.slug, residency: 'eu' },
        owner: { name: 'Ann', email: 'ann@hart.example', password: 'correct horse battery' },
      },
      passwordHash: '$argon2id$v=19$m=8,t=1,p=1$AA$AA',
      idempotent: { key: `signup ${order.slug}`, fingerprint: order.slug, now: now() },
      requestId: 'a-signup',
    });
    return operationId;
  }
  if (order.kind === 'repair') return begin(platform, 'repair', order);
  if (order.kind === 'upgrade') return begin(platform, 'upgrade', order);
  const before = begun.length;
  if (order.kind === 'clone') {
    const { slug, sourceId, exportId } = order;
    const body = { name: 'Copy', slug, export_id: exportId };
    await send(platform, cloneRoute, `${sourceId}/clones`, `clone-${slug}`, body);
  } else {
    const { kind, accountId, key, body } = order;
    await send(platform, ROUTES[kind], `${accountId}/${kind}`, key, body);
  }
  return begun[before] ?? null;
}

async function send(
  platform: Platform,
  route: PlatformRoute,
  path: string,
  key: string,
  body: Readonly<Record<string, unknown>> | undefined,
): Promise<void> {
  const request = new Request(`https://platform.test/admin/accounts/${path}`, {
    method: 'POST',
    headers: { 'idempotency-key': key, 'content-type': 'application/json' },
    body: body ? JSON.stringify(body) : null,
  });
  const context = {
    env: { platform, requestId: 'an-order' },
    req: {
      raw: request,
      param: (name: string) => (name === 'hostname' ? String(body?.hostname) : path.split('/')[0]),
    },
  };
  await route.handler(context as unknown as Context<RequestEnvironment>); // what these handlers use of it
}

/** As a survey orders a repair, and a rollout an upgrade: once. */
async function begin(
  { env, newId, now }: Platform,
  kind: 'repair' | 'upgrade',
  { accountId, body = {} }: LifecycleOrder,
): Promise<string | null> {
  const [id, at] = [newId(), now()];
  const began = await beginOperation(env.REGISTRY, {
    operation: { ...newOperation({ id, kind, accountId, now: at }), account_id: accountId },
    input: body,
    event: {
      ...{ id: newId(), at, actor: 'test', action: `${kind}.began`, targetKind: 'account' },
      ...{ targetId: accountId, requestId: null, before: null, after: { operation_id: id } },
    },
    condition: {
      sql: `NOT EXISTS (SELECT 1 FROM operations WHERE account_id = ? AND kind = ?)`,
      params: [accountId, kind],
    },
    alongside: () => [],
  });
  if (began) return id;
  const before = await env.REGISTRY.prepare('SELECT id FROM operations WHERE account_id = ? AND kind = ?')
    .bind(accountId, kind)
    .first();
  if (before === null) throw new PlatformError('OPERATION_IN_PROGRESS', { retryAfterMs: 1000 });
  return null;
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
