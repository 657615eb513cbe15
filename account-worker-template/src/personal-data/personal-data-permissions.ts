import type { Role } from '#shared-schema/control/control-calls.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import type { Actor } from '../http/call.ts';

export type PersonalDataAction = 'export' | 'erase';

/** Who may do what with all that is held about a client at once: those who answer for the account. */
export const PERSONAL_DATA: Readonly<Record<Role, readonly PersonalDataAction[]>> = {
  owner: ['export', 'erase'],
  admin: ['export', 'erase'],
  member: [],
  viewer: [],
};

/** Ensures that the actor's role allows the action. Error: `FORBIDDEN`. */
export function requirePersonalData(actor: Actor, action: PersonalDataAction): void {
  if (!PERSONAL_DATA[actor.role].includes(action)) throw new PlatformError('FORBIDDEN');
}
