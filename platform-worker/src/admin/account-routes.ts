import { accountSchema } from '#shared-schema/accounts/account.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { ACCOUNT_LIST, findAccount } from '../accounts/account-rows.ts';
import { answerList } from '../http/list-rows.ts';
import { ACCOUNT } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { accountList } from './admin-lists.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
  handler: async ({ env: { platform }, req }) => {
    const value = req.param('idOrSlug') ?? '';
    const by = UUID.test(value) ? 'id' : 'slug';
    const account = await findAccount(platform.env.REGISTRY, by, value, platform.accountUrls);
    if (!account) throw new PlatformError('ACCOUNT_NOT_FOUND');
    return Response.json(account);
  },
};
