import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Actor } from '../http/call.ts';
import type { Action, EntityDefinition } from './entity.ts';

type Permissions = EntityDefinition['permissions'];

/** The account itself: run by owners and admins. */
export const ADMINISTRATION: Permissions = {
  owner: ['read', 'create', 'update', 'delete'],
  admin: ['read', 'create', 'update', 'delete'],
  member: ['read'],
  viewer: ['read'],
};

/** What the account works on: members write it, but do not delete it. */
export const CASEWORK: Permissions = {
  ...ADMINISTRATION,
  member: ['read', 'create', 'update'],
};

/** What only ties casework together: whoever may make it may take it apart again. */
export const LINKS: Permissions = {
  ...CASEWORK,
  member: ['read', 'create', 'update', 'delete'],
};

/** Ensures that the actor's role allows the action. Error: `FORBIDDEN`. */
export function requirePermission(entity: EntityDefinition, actor: Actor, action: Action): void {
  if (!entity.permissions[actor.role].includes(action)) throw new PlatformError('FORBIDDEN');
}
