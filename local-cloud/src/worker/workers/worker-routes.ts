import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { envelope } from '../api/envelope.ts';
import { readForm, readJson } from '../api/read-body.ts';
import { publicBinding } from '../dispatch/script-bindings.ts';
import { readUpload } from '../dispatch/upload-form.ts';
import { readScript, requireScriptName } from '../dispatch/upload-script.ts';
import type { Env } from '../env.ts';
import {
  addVersion,
  deployVersion,
  findWorker,
  getVersion,
  getWorker,
  listWorkers,
  setUnversioned,
  type Worker,
  type WorkerVersion,
} from './worker-store.ts';

type WorkerContext = Context<{ Bindings: Env }>;

const deploymentSchema = z.object({
  strategy: z.literal('percentage'),
  versions: z
    .array(z.object({ version_id: z.string(), percentage: z.literal(100, 'must be 100 in the local cloud') }))
    .length(1),
});

const scriptSettingsSchema = z.looseObject({ tags: z.array(z.string()).nullish() });

/** `/accounts/{account}/workers/scripts`: ordinary Workers, their versions and deployments. */
export const workerRoutes = new Hono<{ Bindings: Env }>()
  .get('/', async (c) => c.json(envelope((await listWorkers(c.env)).map(workerInfo))))
  .put('/:name', async (c) => {
    const name = c.req.param('name');
    requireScriptName(name);
    const { version, startupTimeMs } = await uploadVersion(c, name, await findWorker(c.env, name));
    const worker = await deployVersion(c.env, version);
    if (worker === null) throw new Error(`${name} was not deployed.`);
    const { deployment_id, body } = worker;
    const shown = { entry_point: body.main_module, startup_time_ms: startupTimeMs };
    return c.json(
      envelope({ ...workerInfo(worker), ...shown, deployment_id: deployment_id.replaceAll('-', '') }),
    );
  })
  .post('/:name/versions', async (c) => {
    const present = await getWorker(c.env, c.req.param('name'));
    const { version, startupTimeMs } = await uploadVersion(c, present.name, present);
    return c.json(envelope({ ...versionInfo(version), startup_time_ms: startupTimeMs }));
  })
  .get('/:name/versions/:version', async (c) => {
    await getWorker(c.env, c.req.param('name'));
    const version = await getVersion(c.env, c.req.param('name'), c.req.param('version'));
    return c.json(envelope(versionInfo(version)));
  })
  .get('/:name/deployments', async (c) =>
    c.json(envelope({ deployments: [deploymentInfo(await getWorker(c.env, c.req.param('name')))] })),
  )
  .post('/:name/deployments', async (c) => {
    await getWorker(c.env, c.req.param('name'));
    const { versions } = await readJson(c.req.raw, deploymentSchema, 'SCRIPT_INVALID');
    const version = await getVersion(c.env, c.req.param('name'), versions[0]?.version_id ?? '');
    const worker = await deployVersion(c.env, version);
    if (worker === null) throw new Error(`${version.worker} was not deployed.`);
    return c.json(envelope(deploymentInfo(worker)));
  })
  .get('/:name/settings', async (c) => {
    const { body, settings } = await getWorker(c.env, c.req.param('name'));
    return c.json(
      envelope({
        ...{ compatibility_date: body.compatibility_date, compatibility_flags: body.compatibility_flags },
        ...{ bindings: body.bindings.map(publicBinding), tags: body.tags, usage_model: 'standard' },
        ...body.settings,
        ...settings,
      }),
    );
  })
  .get('/:name/script-settings', async (c) =>
    c.json(envelope((await getWorker(c.env, c.req.param('name'))).settings)),
  )
  .patch('/:name/script-settings', async (c) => {
    const { name, settings } = await getWorker(c.env, c.req.param('name'));
    const given = await readJson(c.req.raw, scriptSettingsSchema, 'SCRIPT_INVALID');
    const changed = await setUnversioned(c.env, name, 'settings', { ...settings, ...given });
    return c.json(envelope(changed.settings));
  });

async function uploadVersion(c: WorkerContext, name: string, present: Worker | null) {
  const upload = await readUpload(await readForm(c.req.raw));
  const { body, etag, startupTimeMs } = await readScript(c.env, upload, {
    bindings: present?.body.bindings ?? [],
    strict: c.req.query('bindings_inherit') === 'strict',
    ordinary: true,
  });
  const version = await addVersion(c.env, { worker: name, etag, source: sourceOf(c), body });
  return { version, startupTimeMs };
}

function sourceOf(c: WorkerContext): string {
  return c.req.header('user-agent')?.startsWith('wrangler/') ? 'wrangler' : 'api';
}

function workerInfo({ name, tag, etag, created_on, modified_on, body, source }: Worker) {
  return {
    ...{ id: name, tag, etag, created_on, modified_on, last_deployed_from: source },
    ...{ compatibility_date: body.compatibility_date, compatibility_flags: body.compatibility_flags },
    ...{ has_modules: true, has_assets: false, usage_model: 'standard', logpush: false },
  };
}

function versionInfo({ id, number, etag, source, created_on, body }: WorkerVersion) {
  return {
    ...{ id, number, metadata: { created_on, modified_on: created_on, source } },
    resources: {
      script: { etag, handlers: ['fetch'], last_deployed_from: source },
      script_runtime: {
        ...{ compatibility_date: body.compatibility_date, compatibility_flags: body.compatibility_flags },
        usage_model: 'standard',
      },
      bindings: body.bindings.map(publicBinding),
    },
  };
}

function deploymentInfo({ deployment_id, modified_on, source, version_id }: Worker) {
  return {
    ...{ id: deployment_id, source, strategy: 'percentage', created_on: modified_on },
    versions: [{ version_id, percentage: 100 }],
  };
}

/** The Worker as wrangler asks for it, or `SERVICE_NOT_FOUND`. */
export async function getService(env: Env, name: string): Promise<Worker> {
  const worker = await findWorker(env, name);
  if (worker !== null) return worker;
  throw new ApiError('SERVICE_NOT_FOUND', 'This Worker does not exist on your account.');
}
