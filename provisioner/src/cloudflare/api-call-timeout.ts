/** The longest one API call may take: 10 seconds. Shorter than an operation's lease, so that a driver never outlives it. */
export const API_CALL_TIMEOUT_MS = 10_000;
