import { dueRollouts } from '../registry/rollouts.ts';
import { advanceRollout, type RolloutDriverPorts } from './advance-rollout.ts';

/** Carries on what rollout there is to carry on, until the time (milliseconds since the Unix epoch). */
export async function advanceRollouts(ports: RolloutDriverPorts, until: number): Promise<void> {
  for (const id of await dueRollouts(ports.registry, ports.now())) await advanceRollout(ports, id, until);
}
