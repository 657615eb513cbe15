import { v7 as uuidv7 } from 'uuid';
import type { Change } from '../changes/record-change.ts';
import type { EntityDefinition } from '../entities/entity.ts';
import type { UserCall } from '../http/call.ts';

/** The entry of the change log for what this call does to a record. Each try to write needs a new one. */
export function changeEntry(
  call: UserCall,
  entity: EntityDefinition,
  written: Pick<Change, 'entity_id' | 'action' | 'version' | 'changed'>,
): Change {
  return {
    id: uuidv7(),
    entity: entity.name,
    ...written,
    actor_id: call.actor.userId,
    at: call.now,
    request_id: call.requestId,
  };
}
