/** How long a reset link works: 1 hour. */
export const PASSWORD_RESET_LIFETIME_MS = 60 * 60 * 1000;

/** A user is sent at most one reset link a minute, whoever asks and from wherever. The one before still works. */
export const PASSWORD_RESET_INTERVAL_MS = 60 * 1000;
