import * as z from 'zod';
import { runOperations } from '#provisioner/operations/run-operations.ts';
import { fillPool } from '#provisioner/pool/fill-pool.ts';
import { readPool } from '#provisioner/pool/read-pool.ts';
import { poolSchema } from '#shared-schema/stacks/pool.ts';
import type { PlatformRoute } from '../http/routes.ts';
import type { Platform } from '../platform.ts';

const tag = 'admin: pool';
const answers = {
  200: {
    description: 'The pool of each residency as it is now.',
    body: { name: 'Pools', schema: z.object({ data: z.array(poolSchema) }) },
  },
};

export const readPoolRoute: PlatformRoute = {
  name: 'adminReadPool',
  tag,
  summary: 'See how many stacks are ready for signups',
  answers,
  handler: ({ env: { platform } }) => answerPool(platform),
};

export const fillPoolRoute: PlatformRoute = {
  name: 'adminFillPool',
  tag,
  summary: 'Fill the pool now',
  description:
    'Begins what is missing, at most 20 stacks at a time, and carries it as far as it goes. The cron does the same every minute.',
  answers,
  handler: async ({ env: { platform, requestId } }) => {
    const begun = await fillPool(platform.pool);
    await runOperations(platform.operationPorts(requestId), begun, 'admin');
    return answerPool(platform);
  },
};

async function answerPool({ pool }: Platform): Promise<Response> {
  return Response.json({ data: await readPool(pool.registry, pool.sizes) });
}
