import type { Hono } from 'hono';
import { roleSchema } from '#shared-schema/control/control-calls.ts';
import type { ErrorCode } from '#shared-schema/errors/error-codes.ts';
import { pageOf } from '#shared-schema/openapi/page-schema.ts';
import type { RouteAnswer } from '#shared-schema/openapi/route-description.ts';
import { type Action, type EntityDefinition, entityList } from '../entities/entity.ts';
import { type AppEnv, type UserRoute, userRoutes } from '../http/routes.ts';
import { createRecord } from './create-record.ts';
import { deleteRecord } from './delete-record.ts';
import { mayBeNeeded } from './deletion.ts';
import { listRecords } from './list-records.ts';
import { readRecord } from './read-record.ts';
import { newRecordSchema, patchSchema, recordSchema } from './record-schemas.ts';
import { updateRecord } from './update-record.ts';

/** The five routes that every entity has. */
export function recordRoutes(app: Hono<AppEnv>, entity: EntityDefinition): void {
  const { list, create, read, update, remove } = routesOf(entity);
  userRoutes(app, entity.path, { GET: list, POST: { ...create, ...entity.create } });
  userRoutes(app, `${entity.path}/:id`, { GET: read, PATCH: update, DELETE: remove });
}

/** What the routes of an entity are, before they are mounted. */
export function routesOf(entity: EntityDefinition) {
  const name = pascalCase(entity.name);
  const tag = entity.path.slice(1);
  const spoken = entity.name.replaceAll(/[-_]/g, ' ');
  const item = { name, schema: () => recordSchema(entity) };
  const record = (description: string, ...headers: RouteAnswer['headers'] & object): RouteAnswer => ({
    description,
    body: item,
    headers: ['ETag', ...headers],
  });
  const written = ['x-d1-bookmark', 'idempotency-replayed'] as const;
  return {
    list: {
      ...{ name: `list${pascalCase(tag)}`, tag, summary: `List ${tag.replaceAll('-', ' ')}` },
      roles: rolesFor(entity, 'read'),
      list: entityList(entity),
      takes: ['bookmark'],
      answers: { 200: { description: 'One page.', body: pageOf(item) } },
      handler: (call) => listRecords(call, entity),
    },
    create: {
      ...{ name: `create${name}`, tag, summary: `Create a ${spoken}` },
      roles: rolesFor(entity, 'create'),
      body: { name: `New${name}`, schema: () => newRecordSchema(entity), example: entity.example },
      takes: ['idempotency-key'],
      answers: { 201: record('The record.', 'Location', ...written) },
      errors: [...uniqueErrors(entity), ...ruleErrors(entity, 'create')],
      handler: (call) => createRecord(call, entity),
    },
    read: {
      ...{ name: `read${name}`, tag, summary: `Read a ${spoken}` },
      roles: rolesFor(entity, 'read'),
      takes: ['bookmark'],
      answers: { 200: record('The record.') },
      errors: ['RECORD_NOT_FOUND'],
      handler: (call, id) => readRecord(call, entity, id),
    },
    update: {
      ...{ name: `update${name}`, tag, summary: `Change fields of a ${spoken}` },
      description:
        'Only the fields that are sent change; null sets one back. What changes nothing keeps the version.',
      roles: rolesFor(entity, 'update'),
      body: { name: `${name}Patch`, schema: () => patchSchema(entity) },
      takes: ['if-match', 'idempotency-key'],
      answers: { 200: record('The record as it is now.', ...written) },
      errors: ['RECORD_NOT_FOUND', ...uniqueErrors(entity), ...ruleErrors(entity, 'update')],
      handler: (call, id) => updateRecord(call, entity, id),
    },
    remove: {
      ...{ name: `delete${name}`, tag, summary: `Delete a ${spoken}` },
      roles: rolesFor(entity, 'delete'),
      takes: ['if-match', 'idempotency-key'],
      answers: { 204: { description: 'It is gone.', headers: written } },
      errors: ['RECORD_NOT_FOUND', ...deletionErrors(entity), ...ruleErrors(entity, 'delete')],
      handler: (call, id) => deleteRecord(call, entity, id),
    },
  } satisfies Record<string, UserRoute>;
}

/** The roles that may do it. */
export function rolesFor(entity: EntityDefinition, action: Action) {
  return roleSchema.options.filter((role) => entity.permissions[role].includes(action));
}

function uniqueErrors(entity: EntityDefinition): readonly ErrorCode[] {
  return (entity.unique ?? []).map(({ error }) => error);
}

function deletionErrors(entity: EntityDefinition): readonly ErrorCode[] {
  return mayBeNeeded(entity) ? ['RECORD_IN_USE'] : [];
}

function ruleErrors(entity: EntityDefinition, action: Exclude<Action, 'read'>): readonly ErrorCode[] {
  return entity.ruleErrors?.[action] ?? [];
}

/** `client-dependant` → `ClientDependant`. */
function pascalCase(words: string): string {
  return words.replaceAll(/(?:^|[-_])(\w)/g, (_, first: string) => first.toUpperCase());
}
