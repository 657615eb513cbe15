import * as z from 'zod';
import { PlatformError } from '../errors/platform-error.ts';

const cursorSchema = z.strictObject({
  /** The query that gave it: a cursor of one list or sort is no use in another. */
  of: z.string(),
  /** The sort value and the id of the last row of the page before. */
  after: z.tuple([z.union([z.string(), z.number()]), z.string()]),
});
export type Cursor = z.infer<typeof cursorSchema>;

/** An opaque text: base64url of JSON. */
export function encodeCursor(cursor: Cursor): string {
  const bytes = new TextEncoder().encode(JSON.stringify(cursor));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** Error: `CURSOR_INVALID` for anything that this very list did not give. */
export function decodeCursor(text: string, of: string): Cursor {
  const cursor = cursorSchema.safeParse(parse(text));
  if (!cursor.success || cursor.data.of !== of) throw new PlatformError('CURSOR_INVALID');
  return cursor.data;
}

function parse(text: string): unknown {
  try {
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PlatformError('CURSOR_INVALID', { cause });
  }
}
