/**
 * How long the bytes stay after their document was deleted, and bytes that no document names: 30 days. That is how far
 * D1's Time Travel reaches (developers.cloudflare.com/d1/reference/time-travel, November 2026), so that a database that
 * was taken back, or forward again, finds the bytes that it speaks of.
 */
export const DELETED_FILE_GRACE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * How long an upload may be outstanding: 24 hours. Its URL ends long before; the rest is time in which bytes that came,
 * and were not recorded because something failed then, are found.
 */
export const PENDING_UPLOAD_LIFETIME_MS = 24 * 60 * 60 * 1000;
