import type { MigrateResult } from '#shared-schema/control/control-calls.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { checkReadiness } from '../schema/ensure-ready.ts';

/** `POST /_platform/migrate`: applies what this release has and the database lacks. Errors: as bringUpSchema. */
export async function migrate(call: Call): Promise<Response> {
  const { schema_version, applied } = await checkReadiness(call);
  const result: MigrateResult = { schema_version, applied: [...applied] };
  return respond({ status: 200, body: result });
}
