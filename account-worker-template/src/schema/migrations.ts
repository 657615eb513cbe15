/// <reference path="../sql.d.ts" />
import type { Migration } from '#shared-schema/migrations/migration.ts';
import m0001 from '../../../migrations/account/0001_create_stack.sql';
import m0002 from '../../../migrations/account/0002_create_users.sql';
import m0003 from '../../../migrations/account/0003_create_clients.sql';
import m0015 from '../../../migrations/account/0015_create_documents.sql';

/** The schema of an account's database, in the order it is applied. Append only: an applied migration never changes. */
export const ACCOUNT_MIGRATIONS: readonly [Migration, ...Migration[]] = [
  { name: '0001_create_stack.sql', sql: m0001 },
  { name: '0002_create_users.sql', sql: m0002 },
  { name: '0003_create_clients.sql', sql: m0003 },
  { name: '0015_create_documents.sql', sql: m0015 },
];
