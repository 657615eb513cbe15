import { accountSchema } from '#shared-schema/accounts/account.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { ACCOUNT_LIST, requireAccount } from '../accounts/account-rows.ts';
import { answerList } from '../http/list-rows.ts';
import { ACCOUNT } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { accountList } from './admin-lists.ts';

export const listAccountsRoute: PlatformRoute = {
  name: 'adminListAccounts',
  tag: 'admin: accounts',
  summary: 'List accounts',
  list: ACCOUNT_LIST,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Account', schema: () => accountSchema }) },
  },
  handler: ({ env: { platform }, req }) =>
    answerList(platform.env.REGISTRY, req.url, accountList(platform.accountUrls)),
};

export const readAccountRoute: PlatformRoute = {
  name: 'adminReadAccount',
  tag: 'admin: accounts',
  summary: 'Read an account by its id or its slug',
  answers: { 200: { description: 'The account.', body: ACCOUNT } },
  errors: ['ACCOUNT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) =>
    Response.json(await requireAccount(platform, req.param('idOrSlug') ?? '')),
};
