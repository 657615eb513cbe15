import { IDEMPOTENCY_LIFETIME_MS } from '../http/idempotency.ts';
import { MAX_JSON_BODY_BYTES } from '../http/json-body.ts';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../lists/list-definition.ts';

const HOUR_MS = 60 * 60 * 1000;

/** What holds for every route, said once. Paragraphs, each with its heading, in CommonMark. */
export const COMMON_DESCRIPTION = [
  '## JSON',
  `Bodies are JSON in UTF-8, of at most ${MAX_JSON_BODY_BYTES / 1024} KiB where a route says nothing else. Ids are UUIDs. Times are whole milliseconds since the Unix epoch, dates are YYYY-MM-DD. A field that is not known is refused; answers may have more fields than are listed here.`,
  '## Lists',
  `A list answers \`{"data": [...], "next_cursor": "..."}\`, ${DEFAULT_PAGE_SIZE} to a page and ${MAX_PAGE_SIZE} at most. Send \`next_cursor\` as \`cursor\` for the next page; it is null on the last one. Records that come or go between two pages neither repeat nor hide another. With \`fields\` each item has those fields only.`,
  `A filter by a field's name keeps the records where it is exactly that; sent empty, those without a value. Times, dates and numbers take bounds too, as in \`created_at.gte=0&created_at.lt=86400000\`. Where nothing else is asked for by \`sort\`, a list with \`q\` is in the order of the words found, one with bounds in that of their field, and any other in that of creation.`,
  '## Errors',
  'Every error answers `{"error": {"code", "message", "context", "request_id"}}`. Decide by `code`, which is stable, and never by `message`. `VALIDATION_FAILED` names each wrong field in `context.fields` as `{field, message}`. Which codes may be sent again unchanged is in `x-errors`.',
  '## Sending again safely',
  `An \`Idempotency-Key\` makes a write safe to repeat for ${IDEMPOTENCY_LIFETIME_MS / HOUR_MS} hours: the first answer comes once more, with the header \`idempotency-replayed: true\`. The same key with another request answers \`IDEMPOTENCY_KEY_REUSED\`.`,
  '## Writing what you read',
  'A record has a `version`, which is its `ETag` too. Sent as `If-Match`, a write happens only if the record still has it; else `VERSION_MISMATCH`.',
  '## Reading what you wrote',
  'A write answers `x-d1-bookmark`. Sent back with a read, that read is at least as fresh as the write.',
  '## Request ids',
  'Every answer has an `x-request-id`. It is in our logs too.',
  '## Rate limits',
  'Signing up, logging in, inviting, whatever takes a link or a password, and the addresses of files are limited by the minute. Past the limit `RATE_LIMITED` is answered, with the seconds to wait in `Retry-After`.',
].join('\n\n');
