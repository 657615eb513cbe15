import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { answerList } from '../http/list-rows.ts';
import { PROVIDER, PROVIDER_PAGE } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { findProvider, LISTED_PROVIDERS } from './provider-rows.ts';

export const listProvidersRoute: PlatformRoute = {
  name: 'listProviders',
  tag: 'providers',
  summary: 'List the providers of the marketplace',
  list: LISTED_PROVIDERS.definition,
  errors: ['REGISTRY_UNAVAILABLE'],
  answers: { 200: { description: 'One page.', body: PROVIDER_PAGE } },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, LISTED_PROVIDERS),
};

export const readProviderRoute: PlatformRoute = {
  name: 'readProvider',
  tag: 'providers',
  summary: 'Read a provider',
  answers: { 200: { description: 'The provider.', body: PROVIDER } },
  errors: ['PROVIDER_NOT_FOUND', 'REGISTRY_UNAVAILABLE'],
  handler: async ({ env: { platform }, req }) => {
    const provider = await findProvider(platform.env.REGISTRY, LISTED_PROVIDERS, req.param('id') ?? '');
    if (!provider) throw new PlatformError('PROVIDER_NOT_FOUND');
    return Response.json(provider);
  },
};
