import { clientEntity } from './client.ts';
import type { EntityDefinition } from './entity.ts';
import { invitationEntity } from './invitation.ts';
import { userEntity } from './user.ts';

/** Every entity of the account application. A new one is its definition, its migration, and a line here. */
export const ENTITIES: readonly EntityDefinition[] = [userEntity, clientEntity];

/** What the change log tells of: the entities, and what has routes of its own. */
export const LOGGED_ENTITIES: readonly EntityDefinition[] = [...ENTITIES, invitationEntity];
