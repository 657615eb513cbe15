import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { userEntity } from '../entities/user.ts';
import type { UserCall } from '../http/call.ts';
import { selectRecord } from '../records/read-record.ts';
import { recordRows, toRecord } from '../records/record.ts';
import { recordResponse } from '../records/record-response.ts';

/** `GET /me`: the user who asks, whatever their role. */
export async function readMe(call: UserCall): Promise<Response> {
  const [rows] = await readAsUser(call, [selectRecord(userEntity, call.actor.userId)]);
  const [row] = recordRows(rows);
  if (!row) throw new PlatformError('SESSION_ENDED');
  return recordResponse(call, userEntity, { status: 200, body: toRecord(row) });
}
