import type { Env } from '../env.ts';

/** Tells the host that what ordinary Workers run has changed: it starts them anew before the call is answered. */
export async function tellHost(env: Env): Promise<void> {
  const { ok, status } = await env.DEPLOYMENTS.fetch('http://host/', { method: 'POST' });
  if (!ok) throw new Error(`The host answered ${status} to a deployment.`);
}
