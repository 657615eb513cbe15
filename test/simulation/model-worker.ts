import {
  CONTROL_PREFIX,
  ensureOwnerSchema,
  migrateSchema,
  takeOverSchema,
} from '#shared-schema/control/control-calls.ts';
import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { ModelCloud, ModelDatabase, ModelScript } from './model-cloud.ts';
import { schemaOf, UNWELL_RELEASE } from './model-releases.ts';

const TAKE_OVER = `POST ${CONTROL_PREFIX}/take-over`;

/** What an account Worker answers to the platform's orders. Throws where there is no such Worker, as dispatching does. */
export function answerOrder(cloud: ModelCloud, workerName: string, call: string, body: unknown): Response {
  const script = cloud.scripts.get(workerName);
  if (!script) throw new Error('Worker not found.');
  if (script.texts.RELEASE_ID === UNWELL_RELEASE) return new Response(null, { status: 500 });
  const database = cloud.databases.get(script.databaseId);
  if (!database) throw new Error('The database is gone.');
  try {
    return Response.json(obey(script, database, call, body));
  } catch (thrown) {
    return errorResponse(thrown, 'request-of-the-simulation');
  }
}

function obey(script: ModelScript, database: ModelDatabase, call: string, body: unknown): object {
  const stackId = script.texts.STACK_ID ?? '';
  if (call === TAKE_OVER) return takeOver(script, database, stackId, body);
  if (database.stackId !== null && database.stackId !== stackId) {
    throw new PlatformError('STACK_IDENTITY_MISMATCH');
  }
  switch (call) {
    case `GET ${CONTROL_PREFIX}/health`:
      return health(script, database);
    case `POST ${CONTROL_PREFIX}/migrate`: {
      database.stackId = stackId;
      const { migrations = [] } = migrateSchema.parse(body ?? {});
      bringUp(script, database, migrations.length);
      return { schema_version: database.schemaVersion, applied: [] };
    }
    case `PUT ${CONTROL_PREFIX}/owner`: {
      const { account_id, owner } = ensureOwnerSchema.parse(body);
      if ((database.accountId ?? account_id) !== account_id) throw new PlatformError('OWNER_CONFLICT');
      if ((database.ownerId ?? owner.id) !== owner.id) throw new PlatformError('OWNER_CONFLICT');
      database.accountId = account_id;
      database.ownerId = owner.id;
      return health(script, database);
    }
    default:
      throw new PlatformError('NOT_FOUND');
  }
}

/** What was restored: of the named stack, or of its own where it was taken over before. */
function takeOver(script: ModelScript, database: ModelDatabase, stackId: string, body: unknown): object {
  const order = takeOverSchema.parse(body);
  const isSource = database.stackId === order.stack_id || database.stackId === stackId;
  if (!isSource || order.account_id !== database.accountId)
    throw new PlatformError('STACK_IDENTITY_MISMATCH');
  database.stackId = stackId;
  bringUp(script, database);
  return health(script, database);
}

/** Up to the Worker's own schema, and to what it was given. A schema never goes back. */
function bringUp({ texts }: ModelScript, database: ModelDatabase, given = 0): void {
  database.schemaVersion = Math.max(database.schemaVersion, schemaOf(texts.RELEASE_ID), given);
}

function health({ texts }: ModelScript, { accountId, schemaVersion }: ModelDatabase): object {
  const { STACK_ID: stack_id, RELEASE_ID: release_id } = texts;
  return { stack_id, release_id, account_id: accountId, schema_version: schemaVersion };
}
