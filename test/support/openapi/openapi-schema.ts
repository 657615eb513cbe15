import * as z from 'zod';
import { jsonSchemaSchema } from './json-schema.ts';

/**
 * OpenAPI 3.1.1, as far as our documents use it (spec.openapis.org/oas/v3.1.1, November 2026): what is not listed is
 * refused, but for extensions, which begin with `x-`.
 */
const componentName = z.string().regex(/^[a-zA-Z0-9._-]+$/);
const referenceSchema = z.strictObject({ $ref: z.string().regex(/^#\/components\/\w+\/[a-zA-Z0-9._-]+$/) });

const parameterSchema = z
  .strictObject({
    name: z.string().min(1),
    in: z.enum(['path', 'query', 'header', 'cookie']),
    required: z.boolean().optional(),
    description: z.string().optional(),
    schema: jsonSchemaSchema,
    style: z.enum(['form', 'simple']).optional(),
    explode: z.boolean().optional(),
  })
  .refine(
    (parameter) => parameter.in !== 'path' || parameter.required === true,
    'A path parameter is required.',
  )
  .refine(
    ({ in: place, name }) => place !== 'header' || !/^(accept|content-type|authorization)$/i.test(name),
    'A parameter of this name is passed over.',
  );
export type Parameter = z.infer<typeof parameterSchema>;

const headerSchema = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().optional(),
  schema: jsonSchemaSchema,
});

const contentSchema = z.record(
  z.string().regex(/^(\*\/\*|[\w.+-]+\/[\w.+-]+)$/),
  z.strictObject({ schema: jsonSchemaSchema.optional(), example: z.unknown().optional() }),
);

const responseSchema = z.strictObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.union([referenceSchema, headerSchema])).optional(),
  content: contentSchema.optional(),
});
export type Response = z.infer<typeof responseSchema>;

const operationSchema = z.strictObject({
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  tags: z.array(z.string()).min(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  'x-roles': z.array(z.string()).min(1).optional(),
  parameters: z.array(z.union([referenceSchema, parameterSchema])),
  requestBody: z
    .strictObject({ required: z.literal(true), description: z.string().optional(), content: contentSchema })
    .optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.union([referenceSchema, responseSchema])),
});
export type Operation = z.infer<typeof operationSchema>;

const methodSchema = z.enum(['get', 'head', 'post', 'put', 'patch', 'delete']);

export const documentSchema = z.strictObject({
  openapi: z.literal('3.1.1'),
  info: z.strictObject({ title: z.string().min(1), version: z.string().min(1), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.url(), description: z.string() })).min(1),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(methodSchema, operationSchema)),
  components: z.strictObject({
    schemas: z.record(componentName, jsonSchemaSchema),
    parameters: z.record(componentName, parameterSchema),
    headers: z.record(componentName, headerSchema),
    responses: z.record(componentName, responseSchema),
    securitySchemes: z.record(
      componentName,
      z.strictObject({
        type: z.literal('http'),
        scheme: z.literal('bearer'),
        bearerFormat: z.string().optional(),
        description: z.string().optional(),
      }),
    ),
  }),
  'x-errors': z.record(
    z.string().regex(/^[A-Z_]+$/),
    z.strictObject({ status: z.int(), retryable: z.boolean(), message: z.string() }),
  ),
});
export type Document = z.infer<typeof documentSchema>;
