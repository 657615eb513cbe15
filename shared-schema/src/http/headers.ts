/** Answered on every response, and sent by the platform to the account Worker so that both logs say the same. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** Answered on writes; sent back on a read, the read is at least that fresh (D1 Sessions). */
export const BOOKMARK_HEADER = 'x-d1-bookmark';

export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** Every header that only the platform may set towards an account Worker starts so; what a client sends is dropped. */
export const INTERNAL_HEADER_PREFIX = 'x-freehold-';

/** Where the account is reached from outside, without a slash at the end: `https://acme.example` or `…/a/acme`. */
export const ACCOUNT_URL_HEADER = 'x-freehold-account-url';

/**
 * The SHA-256 of the one-time token that the platform made for an invitation, in hex. It grants nothing: whoever may
 * invite may also make a user whose password they know.
 */
export const ONE_TIME_TOKEN_HEADER = 'x-freehold-one-time-token-sha256';

/** The same account's other address, of the two that it has; sent where the account Worker is asked for its document. */
export const ACCOUNT_OTHER_URL_HEADER = 'x-freehold-account-other-url';

/** For answers that carry data of one account: nobody may keep, embed or reinterpret them. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};
