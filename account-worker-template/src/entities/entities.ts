import { VERSION_NAME } from '../documents/version-row.ts';
import { caseEntity } from './case.ts';
import { caseTaskEntity } from './case-task.ts';
import { clientEntity } from './client.ts';
import { clientDependantEntity } from './client-dependant.ts';
import { clientDependantClientEntity } from './client-dependant-client.ts';
import { contactCompanyEntity } from './contact-company.ts';
import { contactIndividualEntity } from './contact-individual.ts';
import { documentEntity } from './document.ts';
import type { EntityDefinition } from './entity.ts';
import { groupEntity } from './group.ts';
import { invitationEntity } from './invitation.ts';
import { userEntity } from './user.ts';

/** Every entity of the account application. A new one is its definition, its migration, and a line here. */
export const ENTITIES: readonly EntityDefinition[] = [
  userEntity,
  groupEntity,
  clientEntity,
  clientDependantEntity,
  clientDependantClientEntity,
  caseEntity,
  caseTaskEntity,
  documentEntity,
  contactCompanyEntity,
  contactIndividualEntity,
];

/** What the change log tells of and has routes: the entities, and what has routes of its own. */
export const LOGGED_ENTITIES: readonly EntityDefinition[] = [...ENTITIES, invitationEntity];

/** All that the change log tells of, by the names that it uses. A version may be read by whoever may read documents. */
export const LOGGED_KINDS: readonly Pick<EntityDefinition, 'name' | 'permissions'>[] = [
  ...LOGGED_ENTITIES,
  { name: VERSION_NAME, permissions: documentEntity.permissions },
];
