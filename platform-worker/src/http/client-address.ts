/**
 * Who a rate limit counts. Cloudflare sets `CF-Connecting-IP` on every request and lets no client set it
 * (developers.cloudflare.com/fundamentals/reference/http-headers, November 2026); without Cloudflare in front there is
 * none, and all clients are counted as one.
 */
export function clientAddress(request: Request): string {
  return request.headers.get('cf-connecting-ip') ?? 'unknown';
}
