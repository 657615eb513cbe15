import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readAsUser } from '../auth/read-as-user.ts';
import { userEntity } from '../entities/user.ts';
import type { UserCall } from '../http/call.ts';
import type { UserRoute } from '../http/routes.ts';
import { selectRecord } from '../records/read-record.ts';
import { recordRows, toRecord } from '../records/record.ts';
import { recordResponse } from '../records/record-response.ts';
import { recordSchema } from '../records/record-schemas.ts';

export const meRoute: UserRoute = {
  name: 'readMe',
  tag: 'sessions',
  summary: 'Read the user who asks',
  takes: ['bookmark'],
  answers: {
    200: {
      description: 'The user, whatever their role.',
      body: { name: 'User', schema: () => recordSchema(userEntity) },
      headers: ['ETag'],
    },
  },
  handler: readMe,
};

/** `GET /me`: the user who asks, whatever their role. */
async function readMe(call: UserCall): Promise<Response> {
  const [rows] = await readAsUser(call, [selectRecord(userEntity, call.actor.userId)]);
  const [row] = recordRows(rows);
  if (!row) throw new PlatformError('SESSION_ENDED');
  return recordResponse(call, userEntity, { status: 200, body: toRecord(row) });
}
