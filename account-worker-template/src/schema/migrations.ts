/// <reference path="../sql.d.ts" />
import type { Migration } from '#shared-schema/migrations/migration.ts';
import m0001 from '../../../migrations/account/0001_create_stack.sql';
import m0002 from '../../../migrations/account/0002_create_users.sql';
import m0003 from '../../../migrations/account/0003_create_clients.sql';
import m0004 from '../../../migrations/account/0004_index_records.sql';
import m0005 from '../../../migrations/account/0005_create_groups.sql';
import m0006 from '../../../migrations/account/0006_create_client_dependants.sql';
import m0007 from '../../../migrations/account/0007_create_cases.sql';
import m0008 from '../../../migrations/account/0008_create_contacts.sql';
import m0009 from '../../../migrations/account/0009_index_clients.sql';
import m0010 from '../../../migrations/account/0010_create_invitations.sql';
import m0011 from '../../../migrations/account/0011_create_password_resets.sql';
import m0015 from '../../../migrations/account/0015_create_documents.sql';
import m0019 from '../../../migrations/account/0019_create_erasures.sql';

/** The schema of an account's database, in the order it is applied. Append only: an applied migration never changes. */
export const ACCOUNT_MIGRATIONS: readonly [Migration, ...Migration[]] = [
  { name: '0001_create_stack.sql', sql: m0001 },
  { name: '0002_create_users.sql', sql: m0002 },
  { name: '0003_create_clients.sql', sql: m0003 },
  { name: '0004_index_records.sql', sql: m0004 },
  { name: '0005_create_groups.sql', sql: m0005 },
  { name: '0006_create_client_dependants.sql', sql: m0006 },
  { name: '0007_create_cases.sql', sql: m0007 },
  { name: '0008_create_contacts.sql', sql: m0008 },
  { name: '0009_index_clients.sql', sql: m0009 },
  { name: '0010_create_invitations.sql', sql: m0010 },
  { name: '0011_create_password_resets.sql', sql: m0011 },
  { name: '0015_create_documents.sql', sql: m0015 },
  { name: '0019_create_erasures.sql', sql: m0019 },
];
