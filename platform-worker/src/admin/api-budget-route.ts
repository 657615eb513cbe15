import { readApiBudget } from '#provisioner/api-budget/read-api-budget.ts';
import { apiBudgetSchema } from '#shared-schema/api-budget/api-budget.ts';
import type { PlatformRoute } from '../http/routes.ts';

export const readApiBudgetRoute: PlatformRoute = {
  name: 'adminReadApiBudget',
  tag: 'admin: operations',
  summary: 'Read how much of Cloudflare’s quota of API calls is used',
  description:
    'What each lane used in the last five minutes and may take now, and until when Cloudflare blocks.',
  answers: { 200: { description: 'The budget.', body: { name: 'ApiBudget', schema: apiBudgetSchema } } },
  handler: async ({ env: { platform } }) =>
    Response.json(await readApiBudget(platform.env.REGISTRY, platform.env.CELL, platform.now())),
};
