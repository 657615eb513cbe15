import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { getWorker } from './worker-store.ts';

const workflowSchema = z.object({
  script_name: z.string(),
  class_name: z.string(),
  jurisdiction: z.enum(['eu', 'fedramp', 'us']).optional(),
});

interface WorkflowRow {
  name: string;
  id: string;
  worker: string;
  class_name: string;
  jurisdiction: string | null;
  created_on: string;
  modified_on: string;
}

/** `/accounts/{account}/workflows`: which there are. They run in the Worker whose binding names them. */
export const workflowRoutes = new Hono<{ Bindings: Env }>()
  .get('/', async (c) => {
    const { results } = await c.env.STATE.prepare('SELECT * FROM workflows ORDER BY name').all<WorkflowRow>();
    const count = results.length;
    return c.json(envelope(results.map(shown), { page: 1, per_page: 100, count, total_count: count }));
  })
  .get('/:name', async (c) => c.json(envelope(shown(await getWorkflow(c.env, c.req.param('name'))))))
  .put('/:name', async (c) => {
    const given = await readJson(c.req.raw, workflowSchema, 'SCRIPT_INVALID');
    const { script_name, class_name, jurisdiction = null } = given;
    const name = c.req.param('name');
    const { version_id } = await getWorker(c.env, script_name);
    const now = new Date().toISOString();
    // One that is not asked for leaves it as it is; another than was made is refused.
    const { meta } = await c.env.STATE.prepare(
      `INSERT INTO workflows (name, id, worker, class_name, jurisdiction, created_on, modified_on)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
       ON CONFLICT (name) DO UPDATE SET
         worker = excluded.worker, class_name = excluded.class_name, modified_on = excluded.modified_on
       WHERE ?5 IS NULL OR jurisdiction IS ?5`,
    )
      .bind(name, crypto.randomUUID(), script_name, class_name, jurisdiction, now)
      .run();
    if (meta.changes === 0) {
      throw new ApiError('WORKFLOW_JURISDICTION_FIXED', 'workflow_jurisdiction_immutable');
    }
    const workflow = shown(await getWorkflow(c.env, name));
    return c.json(envelope({ ...workflow, version_id, is_deleted: 0, terminator_running: 0 }));
  });

async function getWorkflow(env: Env, name: string): Promise<WorkflowRow> {
  const row = await env.STATE.prepare('SELECT * FROM workflows WHERE name = ?')
    .bind(name)
    .first<WorkflowRow>();
  if (row === null) throw new ApiError('WORKFLOW_NOT_FOUND', 'workflow_not_found');
  return row;
}

function shown({ worker, jurisdiction, ...workflow }: WorkflowRow) {
  return {
    ...workflow,
    ...(jurisdiction && { jurisdiction }),
    script_name: worker,
    triggered_on: null,
    instances: {},
  };
}
