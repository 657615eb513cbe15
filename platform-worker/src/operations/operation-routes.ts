import { getOperation } from '#provisioner/registry/operations.ts';
import { OPERATION } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { streamOperation } from './stream-operation.ts';

export const operationRoute: PlatformRoute = {
  name: 'readOperation',
  tag: 'operations',
  summary: 'Follow an operation',
  description:
    'With `Accept: text/event-stream` each change is sent as an event `operation`, with the operation as JSON, until it ends.',
  answers: { 200: { description: 'The operation.', body: OPERATION, texts: ['text/event-stream'] } },
  errors: ['OPERATION_NOT_FOUND', 'REGISTRY_UNAVAILABLE'],
  handler: async ({ env: { platform }, req }) => {
    const id = req.param('id') ?? '';
    if (req.header('accept')?.includes('text/event-stream')) {
      return streamOperation(platform.env.REGISTRY, id, req.raw.signal);
    }
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  },
};
