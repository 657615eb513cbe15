/** How long Cloudflare's lists may show what is gone, or not show what was made: 10 minutes, far longer than any was seen to. */
export const LIST_LAG_MS = 10 * 60_000;
