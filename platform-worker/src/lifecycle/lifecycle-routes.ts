import * as z from 'zod';
import { giveSlug, slugIsFree } from '#provisioner/registry/slugs.ts';
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
