import { validationFailed } from '#shared-schema/errors/platform-error.ts';
import { BOOKMARK_HEADER } from '#shared-schema/http/headers.ts';
import type { Call } from '../http/call.ts';

/** Four groups of hexadecimal digits (developers.cloudflare.com/d1/reference/time-travel, November 2026). */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** The database for a write, or for a read that must see the last write: the primary. */
export function primarySession(call: Call): D1DatabaseSession {
  return call.env.DB.withSession('first-primary');
}

/**
 * The database for a read: at least as fresh as the bookmark that the request brought, else any copy.
 *
 * D1 itself does not say what it does with a malformed bookmark (workerd takes any text), so the form is checked here.
 * Error: `VALIDATION_FAILED`.
 */
export function readSession(call: Call): D1DatabaseSession {
  const bookmark = call.request.headers.get(BOOKMARK_HEADER);
  if (bookmark === null) return call.env.DB.withSession('first-unconstrained');
  if (!BOOKMARK.test(bookmark)) {
    throw validationFailed({
      field: BOOKMARK_HEADER,
      message: 'This is not a bookmark: send back what a write answered.',
    });
  }
  return call.env.DB.withSession(bookmark);
}
