import * as z from 'zod';
import { accountSchema } from '#shared-schema/accounts/account.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import type { NamedSchema } from '#shared-schema/openapi/route-description.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';
import { providerSchema } from '#shared-schema/providers/provider.ts';

/** What several routes of the platform answer, under the names that its document gives them. */
export const ACCOUNT: NamedSchema = { name: 'Account', schema: accountSchema };
export const OPERATION: NamedSchema = { name: 'Operation', schema: operationSchema };
export const PROVIDER: NamedSchema = { name: 'Provider', schema: providerSchema };
export const PROVIDER_PAGE = pageOf({ name: 'Provider', schema: () => providerSchema });

export const ACCEPTED: NamedSchema = {
  name: 'AcceptedSignup',
  schema: z.object({ account: accountSchema, operation: operationSchema }),
};
