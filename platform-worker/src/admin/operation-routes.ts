import { runOperation } from '#provisioner/operations/run-operation.ts';
import { getOperation, retryOperation } from '#provisioner/registry/operations.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { operationSchema } from '#shared-schema/operations/operation.ts';
import { OPERATION } from '../http/named-schemas.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { listOperations, OPERATION_LIST } from './operation-list.ts';

const tag = 'admin: operations';
const asItIs = { 200: { description: 'The operation as it is now.', body: OPERATION } };

export const listOperationsRoute: PlatformRoute = {
  name: 'adminListOperations',
  tag,
  summary: 'List operations, with their steps',
  list: OPERATION_LIST,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Operation', schema: () => operationSchema }) },
  },
  handler: ({ env: { platform }, req }) => listOperations(platform.env.REGISTRY, req.url),
};

export const adminReadOperationRoute: PlatformRoute = {
  name: 'adminReadOperation',
  tag,
  summary: 'Read an operation',
  answers: asItIs,
  errors: ['OPERATION_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) =>
    Response.json(await getOperation(platform.env.REGISTRY, req.param('id') ?? '')),
};

export const runOperationRoute: PlatformRoute = {
  name: 'adminRunOperation',
  tag,
  summary: 'Carry an operation as far as it goes now',
  description: 'Does nothing where it has ended, or where another driver is at work on it.',
  answers: asItIs,
  errors: ['OPERATION_NOT_FOUND'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const id = req.param('id') ?? '';
    await runOperation(platform.operationPorts(requestId), id, 'admin');
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  },
};

export const retryOperationRoute: PlatformRoute = {
  name: 'adminRetryOperation',
  tag,
  summary: 'Go on with a failed operation, from the step that failed',
  answers: asItIs,
  errors: ['OPERATION_NOT_FOUND', 'OPERATION_NOT_RETRYABLE', 'OPERATION_IN_PROGRESS'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const id = req.param('id') ?? '';
    await retryOperation(platform.env.REGISTRY, id, platform.now());
    await runOperation(platform.operationPorts(requestId), id, 'admin');
    return Response.json(await getOperation(platform.env.REGISTRY, id));
  },
};
