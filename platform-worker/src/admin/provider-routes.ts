import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { providerInputSchema } from '#shared-schema/providers/provider.ts';
import { answerList } from '../http/list-rows.ts';
import { PROVIDER, PROVIDER_PAGE } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { addProvider } from '../providers/add-provider.ts';
import { ALL_PROVIDERS, findProvider } from '../providers/provider-rows.ts';

const tag = 'admin: providers';

export const listAllProvidersRoute: PlatformRoute = {
  name: 'adminListProviders',
  tag,
  summary: 'List providers, hidden ones too',
  list: ALL_PROVIDERS.definition,
  answers: { 200: { description: 'One page.', body: PROVIDER_PAGE } },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, ALL_PROVIDERS),
};

export const readAnyProviderRoute: PlatformRoute = {
  name: 'adminReadProvider',
  tag,
  summary: 'Read a provider, though it be hidden',
  answers: { 200: { description: 'The provider.', body: PROVIDER } },
  errors: ['PROVIDER_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const provider = await findProvider(platform.env.REGISTRY, ALL_PROVIDERS, req.param('id') ?? '');
    if (!provider) throw new PlatformError('PROVIDER_NOT_FOUND');
    return Response.json(provider);
  },
};

export const addProviderRoute: PlatformRoute = {
  name: 'adminAddProvider',
  tag,
  summary: 'Add a provider',
  body: { name: 'NewProvider', schema: providerInputSchema },
  takes: ['idempotency-key'],
  answers: {
    201: { description: 'The provider.', body: PROVIDER, headers: ['Location', 'idempotency-replayed'] },
  },
  errors: ['PROVIDER_NAME_TAKEN'],
  handler: ({ env: { platform, requestId }, req }) => addProvider(platform, req.raw, requestId),
};
