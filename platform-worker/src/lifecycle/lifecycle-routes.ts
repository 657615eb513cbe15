import * as z from 'zod';
import { requireExport } from '#provisioner/registry/exports.ts';
import { giveSlug, slugIsFree } from '#provisioner/registry/slugs.ts';
import type { RestoreExportInput } from '#provisioner/steps/restore-export.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import {
  restoreExportSchema,
  restorePointSchema,
  TIME_TRAVEL_MS,
} from '#shared-schema/exports/restore-orders.ts';
import { slugSchema } from '#shared-schema/fields/slug.ts';
import { accountUrl } from '../routing/account-address.ts';
import { refuseReservedSlug, slugTaken } from '../signup/slug-refusals.ts';
import { lifecycleRoute } from './lifecycle-route.ts';

export const suspendRoute = lifecycleRoute({
  kind: 'suspend',
  name: 'adminSuspendAccount',
  summary: 'Suspend an account',
  description:
    'Nobody is served from the answer on; elsewhere than where it was answered, within 5 seconds. The operation succeeds when that holds everywhere. Nothing is lost.',
});

export const resumeRoute = lifecycleRoute({
  kind: 'resume',
  name: 'adminResumeAccount',
  summary: 'Resume a suspended account',
  description: 'Its stack is verified first; it is served again when the operation has succeeded.',
});

export const exportRoute = lifecycleRoute({
  kind: 'export',
  name: 'adminExportAccount',
  summary: "Export an account's database",
  description:
    'Writes the database as it was at one moment into an SQL file, then restores that file into a database of its own and compares the two. The export has the id of the operation. D1 serves no queries of a database while it makes its dump.',
});

export const restoreRoute = lifecycleRoute({
  kind: 'restore',
  name: 'adminRestoreAccount',
  summary: "Put an account's database back to what it was",
  description:
    'In place, by Time Travel: to a bookmark, or to a time of the last 30 days. Nobody is served meanwhile; what was written since is gone, sessions and one-time links too. The event of the operation names the bookmark that leads back.',
  body: { name: 'RestorePoint', schema: restorePointSchema, example: { timestamp: 1_795_000_000_000 } },
  errors: ['RESTORE_POINT_INVALID'],
  prepare: (platform, account, { timestamp }) => {
    const now = platform.now();
    const earliest = Math.max(account.created_at, now - TIME_TRAVEL_MS);
    if (timestamp === undefined || (timestamp >= earliest && timestamp <= now)) return {};
    const fields = [
      {
        field: 'timestamp',
        message: `This lies outside of ${new Date(earliest).toISOString()} to ${new Date(now).toISOString()}.`,
      },
    ];
    throw new PlatformError('RESTORE_POINT_INVALID', { context: { fields } });
  },
});

export const restoreExportRoute = lifecycleRoute({
  kind: 'restore-export',
  name: 'adminRestoreExport',
  summary: 'Serve an account from an export',
  description:
    'The export is restored into a new stack, which is verified beside the one that serves and then takes its place. What was written since the export stays in the stack before, which is kept and serves no more. Everybody logs in again.',
  body: {
    name: 'RestoreExport',
    schema: restoreExportSchema,
    example: { export_id: '0194a1b2-0000-7000-8000-000000000000' },
  },
  errors: ['EXPORT_NOT_FOUND', 'EXPORT_NOT_VERIFIED'],
  prepare: async (platform, account, { export_id }) => {
    const stored = await requireExport(platform.env.REGISTRY, export_id);
    if (stored.account_id !== account.id) throw new PlatformError('EXPORT_NOT_FOUND');
    if (stored.status !== 'verified') throw new PlatformError('EXPORT_NOT_VERIFIED');
    const { object_key, md5, stack_id: source_stack_id } = stored;
    const input: RestoreExportInput = { export_id, object_key, md5, source_stack_id };
    return { input, newStackId: platform.newId() };
  },
});

const changeSlugSchema = z.strictObject({ slug: slugSchema });

export const changeSlugRoute = lifecycleRoute({
  kind: 'change-slug',
  name: 'adminChangeSlug',
  summary: 'Give an account another slug',
  description:
    'The new address leads to it from the answer on, the old one to nobody, within 5 seconds everywhere. Nobody else can take the old slug while an isolate might still lead it here.',
  body: { name: 'ChangeSlug', schema: changeSlugSchema, example: { slug: 'hart-and-stone' } },
  errors: ['SLUG_RESERVED', 'SLUG_TAKEN'],
  prepare: (platform, account, { slug }) => {
    refuseReservedSlug(slug);
    const registry = platform.env.REGISTRY;
    const now = platform.now();
    return {
      changes: { slug, url: accountUrl(slug, platform.accountUrls) },
      condition: slugIsFree(slug, account.id, now),
      alongside: (begun) => giveSlug(registry, { accountId: account.id, slug, now }, begun),
      refusal: slugTaken,
    };
  },
});
