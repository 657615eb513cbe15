import { requireExport } from '#provisioner/registry/exports.ts';
import { cloneOrderSchema } from '#shared-schema/accounts/clone.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { requireAccount } from '../accounts/account-rows.ts';
import { replayFirstAnswer } from '../http/idempotency-store.ts';
import { idempotentRequest } from '../http/idempotent-request.ts';
import { ACCEPTED } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { refuseReservedSlug } from '../signup/slug-refusals.ts';
import { cloneAccount } from './clone-account.ts';

export const cloneRoute: PlatformRoute = {
  name: 'adminCloneAccount',
  tag: 'admin: accounts',
  summary: 'Make a new account from a copy of one',
  description:
    'A verified export is restored into a stack of the new account, in the residency of the source, and the files that its documents have are copied. Users log in with the passwords that they had when the export was made. Sessions, invitations, password resets and outstanding uploads do not come along. The source goes on undisturbed; nothing that opens one opens the other.',
  body: {
    name: 'CloneAccount',
    schema: cloneOrderSchema,
    example: {
      name: 'Hart & Stone (training)',
      slug: 'hart-stone-training',
      export_id: '0194a1b2-0000-7000-8000-000000000000',
    },
  },
  takes: ['idempotency-key'],
  answers: {
    202: {
      description: 'The new account, and the operation that makes it.',
      body: ACCEPTED,
      headers: ['Location', 'idempotency-replayed'],
    },
  },
  errors: [
    ...(['ACCOUNT_NOT_FOUND', 'ACCOUNT_STATUS_CONFLICT', 'EXPORT_NOT_FOUND', 'EXPORT_NOT_VERIFIED'] as const),
    ...(['SLUG_RESERVED', 'SLUG_TAKEN', 'NO_RELEASE'] as const),
  ],
  handler: async ({ env: { platform, requestId }, req }) => {
    const order = await readJsonBody(req.raw, cloneOrderSchema);
    refuseReservedSlug(order.slug);
    const idempotent = await idempotentRequest(req.raw, order, platform.now());
    const registry = platform.env.REGISTRY;
    // Before source and export are looked up: they may have changed since.
    const replayed = await replayFirstAnswer(registry, idempotent);
    if (replayed) return replayed;
    const source = await requireAccount(platform, req.param('idOrSlug') ?? '');
    const stored = await requireExport(registry, order.export_id);
    if (stored.account_id !== source.id) throw new PlatformError('EXPORT_NOT_FOUND');
    return cloneAccount(platform, { source, order, stored, idempotent, requestId });
  },
};
