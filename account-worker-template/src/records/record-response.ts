import type { EntityDefinition } from '../entities/entity.ts';
import { type Answer, bookmarkHeader, respond } from '../http/answer.ts';
import type { Call } from '../http/call.ts';

/** The answer with what its record says in headers: its version as `ETag`, and where a new one is as `Location`. */
export function recordResponse(
  call: Call,
  entity: EntityDefinition,
  answer: Answer,
  headers: Readonly<Record<string, string | null>> = {},
): Response {
  const { id, version }: { id?: unknown; version?: unknown } = answer.body ?? {};
  return respond(answer, {
    ...headers,
    etag: typeof version === 'number' ? `"${version}"` : null,
    location: answer.status === 201 ? `${call.accountUrl}${entity.path}/${id}` : null,
  });
}

/** A first answer once more, and said to be so. */
export function replayResponse(
  call: Call,
  entity: EntityDefinition,
  answer: Answer,
  session: D1DatabaseSession,
): Response {
  return recordResponse(call, entity, answer, {
    ...bookmarkHeader(session),
    'idempotency-replayed': 'true',
  });
}
