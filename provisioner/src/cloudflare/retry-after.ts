/** How long an answer's `Retry-After` asks to wait, in milliseconds; null where it does not say. Cloudflare sends seconds. */
export function retryAfterMs(headers: Headers | undefined): number | null {
  const seconds = Number(headers?.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null;
}
