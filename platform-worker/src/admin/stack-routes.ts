import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { stackSchema } from '#shared-schema/stacks/stack.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { STACK_LIST } from './admin-lists.ts';

export const listStacksRoute: PlatformRoute = {
  name: 'adminListStacks',
  tag: 'admin: stacks',
  summary: 'List stacks',
  list: STACK_LIST.definition,
  answers: { 200: { description: 'One page.', body: pageOf({ name: 'Stack', schema: () => stackSchema }) } },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, STACK_LIST),
};

export const readStackRoute: PlatformRoute = {
  name: 'adminReadStack',
  tag: 'admin: stacks',
  summary: 'Read a stack',
  answers: { 200: { description: 'The stack.', body: { name: 'Stack', schema: stackSchema } } },
  errors: ['STACK_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const sql = `SELECT ${STACK_LIST.definition.columns.join(', ')} FROM stacks WHERE id = ?`;
    const row = await platform.env.REGISTRY.prepare(sql).bind(req.param('id')).first();
    if (row === null) throw new PlatformError('STACK_NOT_FOUND');
    return Response.json(stackSchema.parse(row));
  },
};
