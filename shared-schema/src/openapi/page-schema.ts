import * as z from 'zod';
import type { NamedSchema } from './route-description.ts';

/** A page of a list. Items have the fields that were asked for: all of them, where none were named. */
export function pageOf(
  item: Pick<NamedSchema, 'name'> & { readonly schema: () => z.ZodObject },
): NamedSchema {
  let page: z.ZodType | undefined;
  return {
    name: `${item.name}Page`,
    schema: () => {
      const whole = item.schema();
      page ??= z.object({
        data: z.array(z.union([whole, whole.partial()])),
        next_cursor: z.string().nullable(),
      });
      return page;
    },
  };
}
