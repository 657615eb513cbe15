/**
 * Every error a caller can meet, in one closed table. The table decides the HTTP status, whether the same
 * request may be sent again unchanged, and the sentence a person reads. OpenAPI is generated from it too.
 */
export const ERROR_CODES = {
  ACCOUNT_NOT_FOUND: error(404, false, 'No account answers at this address.'),
  ACCOUNT_NOT_RESTORABLE: error(409, false, 'The account cannot be brought back.'),
  ACCOUNT_PROVISIONING: error(
    503,
    true,
    'The account is still being made. Follow its operation and try again.',
  ),
  ACCOUNT_STATUS_CONFLICT: error(409, false, "The account's status does not allow this."),
  ACCOUNT_SUSPENDED: error(403, false, 'The account is suspended. Ask the platform to resume it.'),
  ACCOUNT_UNAVAILABLE: error(503, true, 'The account could not be reached. Try again in a moment.'),
  ADMIN_TOKEN_INVALID: error(401, false, 'A valid admin token is needed: Authorization: Bearer <token>.'),
  API_BUDGET_EXHAUSTED: error(
    503,
    true,
    "The platform's share of Cloudflare's API calls is used up. It goes on by itself.",
  ),
  BODY_TOO_LARGE: error(413, false, 'The body is larger than this route takes.'),
  CLOUDFLARE_RATE_LIMITED: error(503, true, 'The Cloudflare API asks to slow down.'),
  CLOUDFLARE_REJECTED: error(502, false, 'The Cloudflare API refused the request.'),
  CLOUDFLARE_UNAVAILABLE: error(503, true, 'The Cloudflare API did not answer as it should.'),
  CURSOR_INVALID: error(400, false, 'The cursor is not one that this list gave. Start again without it.'),
  CUSTOM_HOSTNAMES_NOT_CONFIGURED: error(
    409,
    false,
    'This platform has no custom host names. Set CUSTOM_HOSTNAME_ZONE_ID of the platform Worker to the zone that they belong to.',
  ),
  DATABASE_CONFLICT: error(409, false, 'A database of this name exists and is not as it should be.'),
  DATABASE_NOT_FOUND: error(404, false, 'There is no such database in the Cloudflare account.'),
  DATABASE_QUOTA_REACHED: error(
    503,
    false,
    'The Cloudflare account has no database left. Ask for a higher limit.',
  ),
  DELETION_NOT_SETTLED: error(
    409,
    false,
    'The deletion has no verified export yet. Follow its operation, or retry it where it failed.',
  ),
  EMAIL_INVITED: error(
    409,
    false,
    'This e-mail address has an invitation that is still open. Revoke it before you send another.',
  ),
  EMAIL_TAKEN: error(409, false, 'Another user has this e-mail address.'),
  EXPORT_NOT_EXACT: error(
    409,
    false,
    'The database holds values that an export of D1 does not carry over as they are. Nothing was exported.',
  ),
  EXPORT_NOT_FOUND: error(404, false, 'There is no such export.'),
  EXPORT_NOT_RESTORABLE: error(500, false, 'The export does not restore to what it was made from.'),
  EXPORT_NOT_VERIFIED: error(
    409,
    false,
    'It is not proven that this export restores. Export the account again.',
  ),
  EXPORT_OUTDATED: error(
    409,
    false,
    'The account has lost files since this export was made. Export it again.',
  ),
  EXPORT_TOO_LARGE: error(
    409,
    false,
    'One archive does not hold so many files. Ask for the JSON document (Accept: application/json).',
  ),
  FILE_CHECKSUM_MISMATCH: error(400, false, 'The bytes are not those of the SHA-256 that was declared.'),
  FILE_NOT_STORED: error(409, false, 'The file has not been uploaded yet.'),
  FILE_SIZE_MISMATCH: error(400, false, 'The file does not have the size that was declared.'),
  FILE_STORE_UNAVAILABLE: error(503, true, 'The file store could not be reached. Try again in a moment.'),
  FILE_TYPE_MISMATCH: error(415, false, 'Send the file with the content type that was declared.'),
  FILE_URL_EXPIRED: error(403, false, 'This address of a file has expired. Ask for a new one.'),
  FILE_URL_INVALID: error(403, false, 'This address of a file is not valid. Ask for a new one.'),
  FORBIDDEN: error(403, false, 'Your role does not allow this.'),
  GRACE_NOT_OVER: error(409, false, 'The grace of this deletion is not over. Nothing was destroyed.'),
  HOSTNAME_CONFLICT: error(
    409,
    false,
    'Cloudflare has this host name already, and not for this platform. Have it removed there first.',
  ),
  HOSTNAME_NOT_FOUND: error(404, false, 'The account has no such host name.'),
  HOSTNAME_TAKEN: error(409, false, 'This host name is in use. Choose another.'),
  IDEMPOTENCY_KEY_REUSED: error(
    409,
    false,
    'This Idempotency-Key came before with another request. Send a new key.',
  ),
  INTERNAL: error(500, true, 'Something went wrong on our side. Quote the request id when you report it.'),
  INVALID_CREDENTIALS: error(401, false, 'The e-mail address or the password is wrong.'),
  ISSUER_UNAVAILABLE: error(503, true, 'The identity provider did not answer as it should. Try again.'),
  KEYS_NOT_EVERYWHERE: error(
    409,
    false,
    'Not every account Worker knows the next key yet. Upload them again first.',
  ),
  LAST_OWNER: error(409, false, 'An account keeps at least one active owner. Make another user owner first.'),
  LEASE_LOST: error(409, true, 'Another driver took over this operation.'),
  MAIL_NOT_SENT: error(
    503,
    false,
    'The invitation is made, but its mail could not be sent. Revoke it and invite again.',
  ),
  MALFORMED_JSON: error(400, false, 'The body is not valid JSON.'),
  METHOD_NOT_ALLOWED: error(405, false, 'This address does not take that method.'),
  MIGRATION_CHECKSUM_MISMATCH: error(
    400,
    false,
    'The checksum of a migration is not that of its SQL. Build the release again.',
  ),
  MIGRATION_EDITED: error(
    500,
    false,
    'A migration that was applied before has changed. Migrations are append-only.',
  ),
  MIGRATION_FAILED: error(500, false, 'A migration failed and was rolled back.'),
  MIGRATION_STATEMENT_REFUSED: error(
    400,
    false,
    'A migration runs in one transaction: it cannot hold this statement. Take it out.',
  ),
  MIGRATION_STATEMENT_TOO_LONG: error(
    400,
    false,
    'A statement of a migration is longer than D1 takes. Part it into several.',
  ),
  NOT_FOUND: error(404, false, 'There is nothing at this address.'),
  NO_RELEASE: error(
    503,
    true,
    'No release of the account Worker is published yet. Publish one and try again.',
  ),
  ONE_TIME_TOKEN_INVALID: error(401, false, 'This link is not valid, or not any more. Ask for a new one.'),
  OPERATION_IN_PROGRESS: error(
    409,
    true,
    'Another operation is at work on this account. Wait for it to end.',
  ),
  OPERATION_NOT_FOUND: error(404, false, 'There is no such operation.'),
  OPERATION_NOT_RETRYABLE: error(
    409,
    false,
    'Only a failed operation can be retried, and only while it is the last.',
  ),
  OWNER_CONFLICT: error(409, false, 'The stack already belongs to another account or owner.'),
  PASSWORD_WRONG: error(403, false, 'The current password is not right.'),
  PROVIDER_NAME_TAKEN: error(409, false, 'Another provider has this name. Choose another.'),
  PROVIDER_NOT_FOUND: error(404, false, 'There is no such provider.'),
  RANGE_NOT_SATISFIABLE: error(416, false, 'The file does not have that range of bytes.'),
  RATE_LIMITED: error(429, true, 'Too many requests. Wait a minute and try again.'),
  RECORD_EXISTS: error(409, false, 'There is such a record already.'),
  RECORD_IN_USE: error(409, false, 'Other records refer to this one. Delete or change them first.'),
  RECORD_NOT_FOUND: error(404, false, 'There is no such record.'),
  REFRESH_TOKEN_INVALID: error(401, false, 'The refresh token is not valid. Log in again.'),
  REGISTRY_UNAVAILABLE: error(503, true, 'The registry could not be reached. Try again in a moment.'),
  RELEASE_CONFLICT: error(409, false, 'A release of this id exists with other contents.'),
  RELEASE_EDITS_MIGRATION: error(
    409,
    false,
    'A migration of the current release is changed in this one. Put it back, and write a new one.',
  ),
  RELEASE_INSERTS_MIGRATION: error(
    409,
    false,
    'A migration stands before one of the current release. Number it after the last one.',
  ),
  RELEASE_NOT_FOUND: error(404, false, 'There is no such release.'),
  RELEASE_OVERTAKEN: error(
    409,
    false,
    'Another release became current since this one was tested. Publish again, against that one.',
  ),
  RELEASE_PUT_BACK: error(
    500,
    false,
    'The account’s Worker was not well on this release, and runs the one before it again.',
  ),
  RELEASE_REMOVES_MIGRATION: error(
    409,
    false,
    'A migration of the current release is missing in this one. Put it back.',
  ),
  RELEASE_TOO_LARGE: error(413, false, 'The Worker is larger than Cloudflare takes. Make it smaller.'),
  RESTORE_POINT_INVALID: error(400, false, 'The database cannot be restored to this point.'),
  ROLLOUT_EMPTY: error(
    409,
    false,
    'No stack that serves an account is chosen and on another release. Nothing is to be done.',
  ),
  ROLLOUT_IN_PROGRESS: error(
    409,
    false,
    'Another rollout is under way. Let it end, abort it or roll it back.',
  ),
  ROLLOUT_NOT_FOUND: error(404, false, 'There is no such rollout.'),
  ROLLOUT_STATUS_CONFLICT: error(409, false, 'The rollout’s status does not allow this.'),
  ROLLOUT_TOLERANCE_EXCEEDED: error(
    409,
    false,
    'More stacks failed than the rollout tolerates. Look at them, then resume, abort or roll back.',
  ),
  SESSION_ENDED: error(401, false, 'The session has ended. Log in again.'),
  SLUG_RESERVED: error(409, false, 'This slug is reserved. Choose another.'),
  SLUG_TAKEN: error(409, false, 'Another account has this slug. Choose another.'),
  STACK_IDENTITY_MISMATCH: error(500, false, 'The database belongs to another stack. Nothing was touched.'),
  STACK_NOT_FOUND: error(404, false, 'There is no such stack.'),
  STACK_UNHEALTHY: error(503, true, 'The stack does not report what it should.'),
  SURVEY_IN_PROGRESS: error(409, true, 'A survey is under way. Its findings are listed when it ends.'),
  TOKEN_EXPIRED: error(401, false, 'The access token has expired. Refresh it.'),
  TOKEN_INVALID: error(401, false, 'The access token is not valid here.'),
  TOKEN_MISSING: error(401, false, 'An access token is needed: Authorization: Bearer <token>.'),
  UNSUPPORTED_MEDIA_TYPE: error(415, false, 'Send the body as application/json.'),
  VALIDATION_FAILED: error(400, false, 'The request is not as it should be.'),
  VERSION_MISMATCH: error(412, false, 'The record has changed since you read it. Read it again.'),
  WORKER_NOT_FOUND: error(502, false, 'The Cloudflare account has no such Worker.'),
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The statuses that the table uses: what an error answer can carry. */
export type ErrorStatus = (typeof ERROR_CODES)[ErrorCode]['status'];

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function error<const Status extends number>(status: Status, retryable: boolean, message: string) {
  return { status, retryable, message };
}
