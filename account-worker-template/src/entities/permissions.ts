import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Actor } from '../http/call.ts';
import type { Action, EntityDefinition } from './entity.ts';

/** Ensures that the actor's role allows the action. Error: `FORBIDDEN`. */
export function requirePermission(entity: EntityDefinition, actor: Actor, action: Action): void {
  if (!entity.permissions[actor.role].includes(action)) throw new PlatformError('FORBIDDEN');
}
