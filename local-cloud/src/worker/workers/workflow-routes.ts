import { Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { getWorker } from './worker-store.ts';

const workflowSchema = z.object({ script_name: z.string(), class_name: z.string() });

interface WorkflowRow {
  name: string;
  id: string;
  worker: string;
  class_name: string;
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
    const { script_name, class_name } = await readJson(c.req.raw, workflowSchema, 'SCRIPT_INVALID');
    const { version_id } = await getWorker(c.env, script_name);
    const now = new Date().toISOString();
    await c.env.STATE.prepare(
      `INSERT INTO workflows (name, id, worker, class_name, created_on, modified_on) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
       ON CONFLICT (name) DO UPDATE SET
         worker = excluded.worker, class_name = excluded.class_name, modified_on = excluded.modified_on`,
    )
      .bind(c.req.param('name'), crypto.randomUUID(), script_name, class_name, now)
      .run();
    const workflow = shown(await getWorkflow(c.env, c.req.param('name')));
    return c.json(envelope({ ...workflow, version_id, is_deleted: 0, terminator_running: 0 }));
  });

async function getWorkflow(env: Env, name: string): Promise<WorkflowRow> {
  const row = await env.STATE.prepare('SELECT * FROM workflows WHERE name = ?')
    .bind(name)
    .first<WorkflowRow>();
  if (row === null) throw new ApiError('WORKFLOW_NOT_FOUND', 'workflow_not_found');
  return row;
}

function shown({ worker, ...workflow }: WorkflowRow) {
  return { ...workflow, script_name: worker, triggered_on: null, instances: {} };
}
