import * as z from 'zod';
import { nameSchema, uuidSchema } from '../fields/fields.ts';
import { slugSchema } from '../fields/slug.ts';

/** The body of `POST /admin/accounts/<id or slug>/clones`: what the new account is called, and of which export it is made. */
export const cloneOrderSchema = z.strictObject({ name: nameSchema, slug: slugSchema, export_id: uuidSchema });
export type CloneOrder = z.infer<typeof cloneOrderSchema>;
