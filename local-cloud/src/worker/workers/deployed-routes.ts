import { Hono } from 'hono';
import { ApiError } from '../api/api-error.ts';
import { HOST_HEADER } from '../api/host-header.ts';
import { readModule } from '../dispatch/module-store.ts';
import { findPlaces } from '../dispatch/script-bindings.ts';
import type { Env } from '../env.ts';
import { listWorkers, type Worker } from './worker-store.ts';

/** For the host alone: everything that it takes to run the ordinary Workers, secrets included. */
export const deployedRoutes = new Hono<{ Bindings: Env }>().get('/', async (c) => {
  if (!c.req.raw.headers.has(HOST_HEADER)) throw new ApiError('ROUTE_NOT_FOUND', 'Could not route.');
  const workers = await listWorkers(c.env);
  return c.json(await Promise.all(workers.map((worker) => deployed(c.env, worker))));
});

function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

async function deployed(env: Env, { name, version_id, schedules, body }: Worker) {
  const { main_module, compatibility_date, compatibility_flags, bindings } = body;
  const places = await findPlaces(env, bindings);
  const modules = await Promise.all(
    body.modules.map(async ({ name: module, kind, sha256 }) => {
      const content = new Uint8Array(await readModule(env, sha256));
      return { name: module, kind, base64: base64Of(content) };
    }),
  );
  return {
    ...{ name, version_id, main_module, compatibility_date, compatibility_flags, bindings, modules },
    crons: schedules.map(({ cron }) => cron),
    slots: Object.fromEntries([...places.values()].map(({ uuid, slot }) => [uuid, slot])),
  };
}
