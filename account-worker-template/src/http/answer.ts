import { BOOKMARK_HEADER } from '#shared-schema/http/headers.ts';

/** What a handler answers, before it is a Response: also what an Idempotency-Key replays. */
export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body: object | null;
}

/** A JSON answer, without a body for 204. Headers that are null are left out. */
export function respond(
  { status, body }: Answer,
  headers: Readonly<Record<string, string | null>> = {},
): Response {
  const sent = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== null) sent.set(name, value);
  if (body === null) return new Response(null, { status, headers: sent });
  sent.set('content-type', 'application/json');
  return new Response(JSON.stringify(body), { status, headers: sent });
}

/** The header by which a later read can ask to be at least as fresh as this write. */
export function bookmarkHeader(session: D1DatabaseSession): Record<string, string | null> {
  return { [BOOKMARK_HEADER]: session.getBookmark() };
}
