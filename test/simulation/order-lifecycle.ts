import { requireAccount } from '#platform-worker/accounts/account-rows.ts';
import { beginLifecycle } from '#platform-worker/lifecycle/begin-lifecycle.ts';
import type { Preparation } from '#platform-worker/lifecycle/lifecycle-route.ts';
import type { Platform } from '#platform-worker/platform.ts';
import { hasStatus, isRestorable, noteDeletion, purgeIsDue } from '#provisioner/registry/deletions.ts';
import type { SqlCondition } from '#provisioner/registry/events.ts';
import { requireExport } from '#provisioner/registry/exports.ts';
import { denyHostname, giveHostname, hasHostname, hostnameIsFree } from '#provisioner/registry/hostnames.ts';
import { giveSlug, slugIsFree } from '#provisioner/registry/slugs.ts';
import type { Account } from '#shared-schema/accounts/account.ts';
import type { LifecycleOrder } from '#test/faults/orders.ts';

/** Orders an operation on an account and gives its id; null where the order had begun one before. */
export async function orderLifecycle(
  { platform, begun }: { readonly platform: Platform; readonly begun: string[] },
  order: LifecycleOrder,
): Promise<string | null> {
  const { kind, accountId, key, body = {} } = order;
  const before = begun.length;
  const account = await requireAccount(platform, accountId);
  await beginLifecycle(platform, {
    ...{ kind, account, input: body, requestId: 'an-order' },
    idempotent: { key: `${kind} ${accountId} ${key}`, fingerprint: kind, now: platform.now() },
    ...(await preparation(platform, order, account)),
  });
  return begun[before] ?? null;
}

/** What the routes' own preparations come to. */
async function preparation(
  { env, now, newId }: Platform,
  { kind, accountId, body }: LifecycleOrder,
  { status }: Account,
): Promise<Preparation> {
  const at = now();
  if (kind === 'delete') {
    const alongside = (begun: SqlCondition) => [noteDeletion(env.REGISTRY, accountId, status, begun)];
    return { condition: hasStatus(accountId, status), alongside };
  }
  if (kind === 'restore-export') {
    const {
      object_key,
      md5,
      stack_id: source_stack_id,
    } = await requireExport(env.REGISTRY, String(body?.export_id));
    return { input: { ...body, object_key, md5, source_stack_id }, newStackId: newId() };
  }
  if (kind === 'undelete') return { condition: isRestorable(accountId) };
  if (kind === 'purge') return { condition: purgeIsDue(accountId, at) };
  const hostname = String(body?.hostname);
  const named = { hostname, accountId, now: at };
  if (kind === 'add-hostname') {
    return {
      condition: hostnameIsFree(hostname),
      alongside: (begun) => [giveHostname(env.REGISTRY, named, begun)],
    };
  }
  if (kind === 'remove-hostname') {
    return {
      condition: hasHostname(hostname, accountId),
      alongside: (begun) => [denyHostname(env.REGISTRY, named, begun)],
    };
  }
  if (kind !== 'change-slug') return {};
  const slug = String(body?.slug);
  return {
    changes: { slug },
    condition: slugIsFree(slug, accountId, at),
    alongside: (begun) => giveSlug(env.REGISTRY, { accountId, slug, now: at }, begun),
  };
}
