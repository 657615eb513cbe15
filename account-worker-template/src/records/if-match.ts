import { validationFailed } from '#shared-schema/errors/platform-error.ts';

/** The version that the caller believes the record has: `"3"` or `3`; null without the header or for `*`. */
export function ifMatchVersion(headers: Headers): number | null {
  const text = headers.get('if-match')?.trim() ?? '*';
  if (text === '*') return null;
  const version = /^(?:"(\d{1,15})"|(\d{1,15}))$/.exec(text);
  if (!version) {
    throw validationFailed({ field: 'If-Match', message: 'Send the version of the record, as in "3".' });
  }
  return Number(version[1] ?? version[2]);
}
