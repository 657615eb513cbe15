import { hasStatus, isRestorable, noteDeletion, purgeIsDue } from '#provisioner/registry/deletions.ts';
import { DEFAULT_GRACE_DAYS, deletionOrderSchema, MAX_GRACE_DAYS } from '#shared-schema/accounts/deletion.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { lifecycleRoute } from './lifecycle-route.ts';

export const deleteRoute = lifecycleRoute({
  kind: 'delete',
  name: 'adminDeleteAccount',
  summary: 'Delete an account, with days of grace',
  description: `Nobody is served from the answer on; elsewhere than where it was answered, within 5 seconds. Its data is exported and the export verified; then \`purge_after\` says when all of it will be destroyed. Until then it can be brought back. Without a body the grace is ${DEFAULT_GRACE_DAYS} days; ${MAX_GRACE_DAYS} is the most.`,
  body: { name: 'DeleteAccount', schema: deletionOrderSchema, example: { grace_days: DEFAULT_GRACE_DAYS } },
  prepare: ({ env }, { id, status }) => ({
    // What it was is noted: so it must still be that.
    condition: hasStatus(id, status),
    alongside: (begun) => [noteDeletion(env.REGISTRY, id, status, begun)],
  }),
});

export const undeleteRoute = lifecycleRoute({
  kind: 'undelete',
  name: 'adminUndeleteAccount',
  summary: 'Bring a deleted account back',
  description:
    'Its stack is verified first; it is what it was, active or suspended, when the operation has succeeded. Not once its purge has begun, and not where it never served anybody.',
  errors: ['ACCOUNT_NOT_RESTORABLE'],
  prepare: (_, { id }) => ({
    condition: isRestorable(id),
    refusal: () => new PlatformError('ACCOUNT_NOT_RESTORABLE'),
  }),
});

export const purgeRoute = lifecycleRoute({
  kind: 'purge',
  name: 'adminPurgeAccount',
  summary: 'Destroy all that a deleted account had',
  description:
    'Its Worker, database and files go for good; a tombstone with its id, slug and times stays. It happens by itself when the grace is over.',
  errors: ['DELETION_NOT_SETTLED', 'GRACE_NOT_OVER'],
  prepare: ({ now }, { id, purge_after }) => ({
    condition: purgeIsDue(id, now()),
    refusal: () =>
      purge_after === null || purge_after <= now()
        ? new PlatformError('DELETION_NOT_SETTLED')
        : new PlatformError('GRACE_NOT_OVER', { context: { purge_after } }),
  }),
});
