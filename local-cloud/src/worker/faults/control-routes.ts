import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { ApiError } from '../api/api-error.ts';
import { errorResponse } from '../api/envelope.ts';
import { readJson } from '../api/read-body.ts';
import type { Env } from '../env.ts';
import { verifyCustomHostname } from '../zones/custom-hostname-store.ts';
import { CONTROL_PATH } from './control-path.ts';
import type { Fault } from './fault-plan.ts';
import { faultRuleSchema, quotaSchema } from './fault-rule.ts';
import { type Faults, faultsOf } from './faults.ts';

const advanceSchema = z.strictObject({ advance_ms: z.number().int().min(0) });

/** What tests ask of the cloud. Errors come in Cloudflare's envelope. */
export const controlRoutes = new Hono<{ Bindings: Env }>()
  .basePath(CONTROL_PATH)
  .get('/calls', (c) => c.json(faultsIn(c).calls.read()))
  .delete('/calls', (c) => {
    faultsIn(c).calls.clear();
    return c.body(null, 204);
  })
  .get('/faults', (c) => c.json({ faults: faultsIn(c).plan.list().map(shown) }))
  .post('/faults', async (c) => {
    const rule = await readJson(c.req.raw, faultRuleSchema, 'CONTROL_INVALID');
    return c.json(shown(faultsIn(c).plan.add(rule, Date.now())), 201);
  })
  .delete('/faults', (c) => {
    const { plan } = faultsIn(c);
    for (const fault of plan.list()) plan.remove(fault);
    return c.body(null, 204);
  })
  .get('/faults/:id', (c) => c.json(shown(faultIn(c, c.req.param('id')))))
  .delete('/faults/:id', (c) => {
    faultsIn(c).plan.remove(faultIn(c, c.req.param('id')));
    return c.body(null, 204);
  })
  .post('/faults/:id/release', (c) => {
    const fault = faultIn(c, c.req.param('id'));
    fault.released = true;
    return c.json(shown(fault));
  })
  .put('/quota', async (c) => {
    const options = await readJson(c.req.raw, quotaSchema, 'CONTROL_INVALID');
    faultsIn(c).setQuota(options);
    return c.json(options);
  })
  .delete('/quota', (c) => {
    faultsIn(c).setQuota(undefined);
    return c.body(null, 204);
  })
  .post('/clock', async (c) => {
    const { advance_ms } = await readJson(c.req.raw, advanceSchema, 'CONTROL_INVALID');
    faultsIn(c).advance(advance_ms);
    return c.json({ now: faultsIn(c).now() });
  })
  .post('/custom_hostnames/:hostname/verify', async (c) => {
    await verifyCustomHostname(c.env, c.req.param('hostname'), faultsIn(c).now());
    return c.body(null, 204);
  });

controlRoutes.onError(errorResponse);
controlRoutes.notFound((c) =>
  errorResponse(new ApiError('CONTROL_NOT_FOUND', `There is no ${c.req.method} ${c.req.path}.`)),
);

function faultsIn(c: Context<{ Bindings: Env }>): Faults {
  const faults = faultsOf(c.env);
  if (faults === undefined) throw new Error('The control routes were reached without faults.');
  return faults;
}

function faultIn(c: Context<{ Bindings: Env }>, id: string): Fault {
  const fault = faultsIn(c).plan.find(id);
  if (fault === undefined) throw new ApiError('CONTROL_NOT_FOUND', `There is no fault ${id}.`);
  return fault;
}

function shown({ id, rule, met, released }: Fault): Record<string, unknown> {
  return { id, ...rule, met, released };
}
