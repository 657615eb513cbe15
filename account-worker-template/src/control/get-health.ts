import type { StackHealth } from '#shared-schema/control/control-calls.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';

/** `GET /_platform/health`: reads the database anew, so that what it says is true now. */
export async function getHealth(call: Call): Promise<Response> {
  const { account_id, schema_version } = await checkReadiness(call);
  const { STACK_ID, RELEASE_ID } = call.env;
  const health: StackHealth = { stack_id: STACK_ID, account_id, release_id: RELEASE_ID, schema_version };
  return respond({ status: 200, body: health });
}
