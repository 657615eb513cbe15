import { storedFileSchema } from '#shared-schema/files/file-calls.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { primarySession } from '../database/d1-session.ts';
import { storeVersion } from '../documents/store-version.ts';
import { bookmarkHeader, respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';
import { ensureReady } from '../schema/ensure-ready.ts';

/** `PUT /_platform/files/stored`: the bytes of a version are there. Answers the version. Errors: as storeVersion. */
export async function storeFile(call: Call): Promise<Response> {
  const file = await readJsonBody(call.request, storedFileSchema);
  await ensureReady(call);
  const session = primarySession(call);
  const version = await storeVersion(call, session, file);
  return respond({ status: 200, body: version }, bookmarkHeader(session));
}
