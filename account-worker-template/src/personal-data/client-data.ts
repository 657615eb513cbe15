import { identifier, type Sql, sql } from '../database/sql.ts';
import { caseEntity } from '../entities/case.ts';
import { caseTaskEntity } from '../entities/case-task.ts';
import { clientDependantClientEntity } from '../entities/client-dependant-client.ts';
import { documentEntity } from '../entities/document.ts';
import type { EntityDefinition } from '../entities/entity.ts';

/**
 * What belongs to a client, as SQL that gives ids, deleted records too, each read from an index. A document belongs to
 * the client that it names, else to the client of its case.
 */
export interface ClientData {
  readonly links: Sql;
  readonly cases: Sql;
  readonly tasks: Sql;
  readonly ownDocuments: Sql;
  readonly caseDocuments: Sql;
}

export function clientData(clientId: string): ClientData {
  const client = sql`${clientId}`;
  const cases = idsBy(caseEntity, 'client_id', client);
  return {
    links: idsBy(clientDependantClientEntity, 'client_id', client),
    cases,
    tasks: idsBy(caseTaskEntity, 'case_id', cases),
    ownDocuments: idsBy(documentEntity, 'client_id', client),
    caseDocuments: idsBy(documentEntity, 'case_id', cases, sql`AND client_id = ''`),
  };
}

/** The dependants whom the links name. */
export function linkedDependants(links: Sql): Sql {
  return sql`SELECT client_dependant_id FROM client_dependant_clients WHERE id IN (${links})`;
}

/** Two halves, for there is one index of what is deleted and one of what is not. */
export function idsBy(entity: EntityDefinition, field: string, values: Sql, also: Sql = sql``): Sql {
  const found = sql`SELECT id FROM ${identifier(entity.table)} WHERE ${identifier(field)} IN (${values}) ${also}`;
  return sql`${found} AND deleted_at IS NULL UNION ALL ${found} AND deleted_at IS NOT NULL`;
}
