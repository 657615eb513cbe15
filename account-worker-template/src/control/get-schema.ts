import type { StackSchema } from '#shared-schema/control/control-calls.ts';
import { fingerprintObjects, READ_SCHEMA_OBJECTS_SQL } from '#shared-schema/migrations/schema-objects.ts';
import { runBatch } from '../database/run-batch.ts';
import { respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { readStack } from '../schema/read-stack.ts';

/** `GET /_platform/schema`: what the database consists of now, and what its ledger says. Errors: as readStack. */
export async function getSchema({ env }: Call): Promise<Response> {
  const database = env.DB.withSession('first-primary');
  const { ledger } = await readStack(database, env.STACK_ID);
  const [rows = []] = await runBatch(database, [{ sql: READ_SCHEMA_OBJECTS_SQL, params: [] }]);
  const objects = await fingerprintObjects(
    rows.map(({ type, name, sql }) => ({ type: String(type), name: String(name), sql: String(sql) })),
  );
  const schema: StackSchema = { ledger: [...ledger], objects };
  return respond({ status: 200, body: schema });
}
