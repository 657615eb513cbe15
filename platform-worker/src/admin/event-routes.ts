import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { EVENT_LIST, eventSchema } from './admin-lists.ts';

export const listEventsRoute: PlatformRoute = {
  name: 'adminListEvents',
  tag: 'admin: events',
  summary: 'List what was done, by whom and when',
  list: EVENT_LIST.definition,
  answers: { 200: { description: 'One page.', body: pageOf({ name: 'Event', schema: () => eventSchema }) } },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, EVENT_LIST),
};
