import type { Hono } from 'hono';
import * as z from 'zod';
import { roleSchema } from '#shared-schema/control/control-calls.ts';
import { timestampSchema, uuidSchema } from '#shared-schema/fields/fields.ts';
import { documentVersionSchema } from '#shared-schema/files/file-calls.ts';
import { changeSchema } from '../changes/list-changes.ts';
import { caseEntity } from '../entities/case.ts';
import { caseTaskEntity } from '../entities/case-task.ts';
import { clientEntity } from '../entities/client.ts';
import { clientDependantEntity } from '../entities/client-dependant.ts';
import { clientDependantClientEntity } from '../entities/client-dependant-client.ts';
import { documentEntity } from '../entities/document.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import { type AppEnv, type UserRoute, userRoutes } from '../http/routes.ts';
import { recordSchema } from '../records/record-schemas.ts';
import { eraseClient } from './erase-client.ts';
import { exportClient } from './export-client.ts';
import { PERSONAL_DATA, type PersonalDataAction } from './personal-data-permissions.ts';

const exportRoute: UserRoute = {
  ...{ name: 'exportClient', tag: 'clients', summary: 'Export everything held about a client' },
  description:
    'Deleted records too. A ZIP with `client.json`, which is the JSON document; the files, as `files/<document id>/<version>/<name>`; and last `manifest.json`, whose `files` says of each version where it lies in the archive, and which are `missing` or `pending`. An archive without it broke off. Where `Accept` names `application/json`, the document alone: `download` says where each version is granted.',
  roles: rolesFor('export'),
  takes: ['bookmark'],
  answers: {
    200: {
      description: 'All of it.',
      body: { name: 'ClientExport', schema: exportSchema },
      binaries: ['application/zip'],
    },
  },
  errors: ['EXPORT_TOO_LARGE', 'RECORD_NOT_FOUND', 'STACK_UNHEALTHY'],
  handler: exportClient,
};

const eraseRoute: UserRoute = {
  ...{ name: 'eraseClient', tag: 'clients', summary: 'Erase everything held about a client' },
  description: 'History and files included, for good. Repeated, it answers the same tombstone.',
  roles: rolesFor('erase'),
  takes: ['idempotency-key'],
  answers: {
    200: {
      description: 'What is left: that it was erased, when and by whom.',
      body: {
        name: 'Erasure',
        schema: z.object({ id: uuidSchema, erased_at: timestampSchema, erased_by: uuidSchema }),
      },
      headers: ['x-d1-bookmark', 'idempotency-replayed'],
    },
  },
  errors: ['RECORD_NOT_FOUND'],
  handler: eraseClient,
};

/** What clients have besides the routes of every entity. */
export function personalDataRoutes(app: Hono<AppEnv>): void {
  userRoutes(app, '/clients/:id/export', { GET: exportRoute });
  userRoutes(app, '/clients/:id/erase', { POST: eraseRoute });
}

function rolesFor(action: PersonalDataAction) {
  return roleSchema.options.filter((role) => PERSONAL_DATA[role].includes(action));
}

function exportSchema() {
  return z.object({
    exported_at: timestampSchema,
    client: held(clientEntity),
    client_dependant_clients: z.array(held(clientDependantClientEntity)),
    client_dependants: z.array(held(clientDependantEntity)),
    cases: z.array(held(caseEntity)),
    case_tasks: z.array(held(caseTaskEntity)),
    documents: z.array(held(documentEntity)),
    document_versions: z.array(documentVersionSchema.extend({ download: z.string().nullable() })),
    changes: z.array(changeSchema),
  });
}

function held(entity: EntityDefinition) {
  return recordSchema(entity).extend({ deleted_at: timestampSchema.nullable() });
}
