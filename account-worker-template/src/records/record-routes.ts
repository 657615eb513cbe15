import type { Hono } from 'hono';
import type { EntityDefinition } from '../entities/entity.ts';
import { type AppEnv, userRoutes } from '../http/routes.ts';
import { createRecord } from './create-record.ts';
import { deleteRecord } from './delete-record.ts';
import { listRecords } from './list-records.ts';
import { readRecord } from './read-record.ts';
import { updateRecord } from './update-record.ts';

/** The five routes that every entity has. */
export function recordRoutes(app: Hono<AppEnv>, entity: EntityDefinition): void {
  userRoutes(app, entity.path, {
    GET: (call) => listRecords(call, entity),
    POST: (call) => (entity.create ?? createRecord)(call, entity),
  });
  userRoutes(app, `${entity.path}/:id`, {
    GET: (call, id) => readRecord(call, entity, id),
    PATCH: (call, id) => updateRecord(call, entity, id),
    DELETE: (call, id) => deleteRecord(call, entity, id),
  });
}
