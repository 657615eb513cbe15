import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { isReservedSlug } from '#shared-schema/fields/slug.ts';

/** Error: `SLUG_RESERVED`. */
export function refuseReservedSlug(slug: string): void {
  if (!isReservedSlug(slug)) return;
  const fields = [{ field: 'slug', message: 'This slug is reserved.' }];
  throw new PlatformError('SLUG_RESERVED', { context: { fields } });
}

export function slugTaken(): PlatformError {
  const fields = [{ field: 'slug', message: 'This slug is taken.' }];
  return new PlatformError('SLUG_TAKEN', { context: { fields } });
}
