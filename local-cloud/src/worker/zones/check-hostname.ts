import { ApiError } from '../api/api-error.ts';

const MAX_LENGTH = 255;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const RESERVED_TOP_DOMAINS = new Set(['test', 'example', 'invalid', 'localhost']);
const EXAMPLE_DOMAIN = /(^|\.)example\.(com|net|org)$/;

/**
 * A hostname in lower case, as far as it may be a custom one. Refuses with `HOSTNAME_NOT_ASCII`, `HOSTNAME_INVALID` (too
 * long, an IP address, a wildcard, a bad character, one label), `HOSTNAME_RESERVED` or `HOSTNAME_EXAMPLE`, as Cloudflare
 * does (status codes of Cloudflare for SaaS, November 2026).
 */
export function checkedHostname(given: string): string {
  const hostname = given.toLowerCase();
  if (/[^\x20-\x7e]/.test(hostname)) {
    throw new ApiError('HOSTNAME_NOT_ASCII', 'Custom hostnames with non-ASCII characters are not supported.');
  }
  const labels = hostname.split('.');
  const top = labels.at(-1) ?? '';
  const wellFormed = hostname.length <= MAX_LENGTH && labels.every((label) => LABEL.test(label));
  if (!wellFormed || /^\d+$/.test(top)) throw invalid(given);
  if (RESERVED_TOP_DOMAINS.has(top)) {
    throw new ApiError('HOSTNAME_RESERVED', `The reserved top domain '${top}' is not supported.`);
  }
  if (labels.length < 2) throw invalid(given);
  if (EXAMPLE_DOMAIN.test(hostname)) {
    throw new ApiError('HOSTNAME_EXAMPLE', 'Custom hostnames of the example domains are prohibited.');
  }
  return hostname;
}

function invalid(given: string): ApiError {
  return new ApiError('HOSTNAME_INVALID', `Invalid custom hostname '${given}'.`);
}
