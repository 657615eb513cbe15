/** What a path or a shell reads otherwise than as a letter, on any system; and marks that turn the reading direction. */
const UNSAFE = /[\p{Cc}/\\:*?"<>|\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const FALLBACK_NAME = 'document';
/** What Windows takes for a device, also with an extension (learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Common file systems take names of 255 bytes; one is left for what marks a device. */
const MAX_NAME_BYTES = 254;

/** The name as a file may be called anywhere: no path, no device, nothing hidden, not too long. */
export function safeFileName(name: string | null): string {
  const visible = (name ?? '')
    .toWellFormed()
    .replace(UNSAFE, '_')
    .replace(/^[\s.]+/, '');
  // Cuts between characters, and says after which.
  const { read } = new TextEncoder().encodeInto(visible, new Uint8Array(MAX_NAME_BYTES));
  const safe = visible.slice(0, read).replace(/[\s.]+$/, '') || FALLBACK_NAME;
  return DEVICE.test(safe) ? `_${safe}` : safe;
}

/** `attachment` with the name in both forms of RFC 6266: ASCII for old clients, UTF-8 for all others. */
export function contentDisposition(name: string | null): string {
  const safe = safeFileName(name);
  const ascii = safe.replace(/[^\x20-\x7e]|%/g, '_');
  // RFC 8187 §3.2.1 leaves fewer characters as they are than encodeURIComponent does.
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
