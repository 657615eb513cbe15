import { runOperations } from '#provisioner/operations/run-operations.ts';
import { survey } from '#provisioner/reconciler/survey.ts';
import { auditOrderSchema, auditReportSchema } from '#shared-schema/audit/audit.ts';
import { findingSchema } from '#shared-schema/audit/finding.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import { answerList } from '../http/list-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';
import { FINDING_LIST } from './finding-list.ts';

const tag = 'admin: audit';

export const runAuditRoute: PlatformRoute = {
  name: 'adminRunAudit',
  tag,
  summary: 'Compare the registry with the cloud, now',
  description:
    'With `repair`, begins a repair of each stack that it may mend and carries it as far as it goes. With `remove_orphans`, removes what belongs to nobody for 24 hours and holds nobody’s data. With `after`, looks at the whole fleet, a slice a request: repeat it with the `next_after` of the answer until that is null. One survey at a time.',
  body: { name: 'AuditOrder', schema: auditOrderSchema },
  answers: {
    200: { description: 'What was seen and done.', body: { name: 'AuditReport', schema: auditReportSchema } },
  },
  errors: ['SURVEY_IN_PROGRESS', 'API_BUDGET_EXHAUSTED', 'CLOUDFLARE_UNAVAILABLE', 'CLOUDFLARE_RATE_LIMITED'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const { repair, remove_orphans, after = null } = await readJsonBody(req.raw, auditOrderSchema);
    const order = { actor: 'admin', repair, removeOrphans: remove_orphans, after } as const;
    const report = await survey(platform.surveyPorts(requestId), order);
    if (report === null) throw new PlatformError('SURVEY_IN_PROGRESS');
    await runOperations(platform.operationPorts(requestId), report.repairs, 'admin');
    return Response.json(report);
  },
};

export const listFindingsRoute: PlatformRoute = {
  name: 'adminListFindings',
  tag,
  summary: 'List where registry and cloud disagree, or did',
  list: FINDING_LIST.definition,
  answers: {
    200: { description: 'One page.', body: pageOf({ name: 'Finding', schema: () => findingSchema }) },
  },
  handler: ({ env: { platform }, req }) => answerList(platform.env.REGISTRY, req.url, FINDING_LIST),
};
