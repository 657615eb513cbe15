import { clientEntity } from './client.ts';
import { documentEntity } from './document.ts';
import type { EntityDefinition } from './entity.ts';
import { userEntity } from './user.ts';

/** Every entity of the account application. A new one is its definition, its migration, and a line here. */
export const ENTITIES: readonly EntityDefinition[] = [userEntity, clientEntity, documentEntity];
