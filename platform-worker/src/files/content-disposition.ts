/** What a path or a shell reads otherwise than as a letter, on any system; and marks that turn the reading direction. */
const UNSAFE = /[\p{Cc}/\\:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const FALLBACK_NAME = 'document';
/** Common file systems take names of 255 bytes. */
const MAX_NAME_CHARACTERS = 120;

/** The name as a file may be called anywhere: no path, no device, nothing hidden. */
export function safeFileName(name: string | null): string {
  const safe = [...(name ?? '').replace(UNSAFE, '_')].slice(0, MAX_NAME_CHARACTERS).join('');
  return safe.replace(/^[\s.]+|[\s.]+$/g, '') || FALLBACK_NAME;
}

/** `attachment` with the name in both forms of RFC 6266: ASCII for old clients, UTF-8 for all others. */
export function contentDisposition(name: string | null): string {
  const safe = safeFileName(name);
  const ascii = safe.replace(/[^\x20-\x7e]|%/g, '_');
  // RFC 8187 §3.2.1 leaves fewer characters as they are than encodeURIComponent does.
  const encoded = encodeURIComponent(safe.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
