import * as z from 'zod';
import { answerHealth } from './answer-health.ts';
import type { PlatformRoute } from './routes.ts';

export const healthRoute: PlatformRoute = {
  name: 'getHealth',
  tag: 'platform',
  summary: 'Ask whether the platform is well',
  answers: {
    200: {
      description: 'It is.',
      body: { name: 'Health', schema: z.object({ status: z.literal('ok') }) },
    },
  },
  errors: ['REGISTRY_UNAVAILABLE'],
  handler: ({ env: { platform } }) => answerHealth(platform),
};
