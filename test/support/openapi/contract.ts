import { expect } from 'vitest';
import type { Answer } from '../send.ts';
import { type JsonSchema, problemsOf } from './json-schema.ts';
import {
  type Document,
  documentSchema,
  type Operation,
  type Parameter,
  type Response,
} from './openapi-schema.ts';

export interface DocumentedOperation extends Operation {
  readonly path: string;
  readonly method: string;
}

/** A document, and whether answers keep what it promises. */
export class Contract {
  readonly document: Document;
  readonly operations: readonly DocumentedOperation[];

  /** The document must be OpenAPI 3.1. */
  constructor(document: unknown) {
    this.document = documentSchema.parse(document);
    this.operations = Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        operation ? [{ ...operation, path, method: method.toUpperCase() }] : [],
      ),
    );
  }

  parameters(operation: Operation): Parameter[] {
    return operation.parameters.map((parameter) =>
      '$ref' in parameter ? named(this.document.components.parameters, parameter.$ref) : parameter,
    );
  }

  bodySchema(operation: Operation): JsonSchema | undefined {
    const schema = operation.requestBody?.content['application/json']?.schema;
    return schema?.$ref === undefined ? schema : named(this.document.components.schemas, schema.$ref);
  }

  /** The forms in which it answers this status. */
  mediaTypes(operation: Operation, status: number): string[] {
    const declared = operation.responses[status];
    return Object.keys((declared && this.#response(declared).content) ?? {});
  }

  /** The codes that the operation may answer with this status. */
  refusals(operation: Operation, status: number): readonly unknown[] {
    const declared = operation.responses[status];
    const schema = declared && this.#response(declared).content?.['application/json']?.schema;
    return schema?.properties?.error?.properties?.code?.enum ?? [];
  }

  /** Status, headers and body are what the operation promises. `whole`: items of a list have all of their fields. */
  expectPromised(operation: DocumentedOperation, answer: Answer, whole = true): void {
    const what = `${operation.method} ${operation.path} answered ${answer.status} ${answer.text.slice(0, 400)}`;
    const declared = operation.responses[answer.status];
    if (!declared) throw new Error(`Status not declared: ${what}`);
    const response = this.#response(declared);
    for (const [name, header] of Object.entries(response.headers ?? {})) {
      const found = '$ref' in header ? named(this.document.components.headers, header.$ref) : header;
      if (found.required) expect(answer.headers.has(name), `${name}: ${what}`).toBe(true);
    }
    const type = answer.headers.get('content-type')?.split(';')[0] ?? null;
    if (response.content === undefined) {
      expect(answer.text, what).toBe('');
      return;
    }
    const media = response.content[type ?? ''] ?? response.content['*/*'];
    if (!media) throw new Error(`Media type ${type} not declared: ${what}`);
    if (operation.method === 'HEAD') expect(answer.text, what).toBe('');
    if (type !== 'application/json' || operation.method === 'HEAD') return;
    if (!media.schema) throw new Error(`JSON without a schema: ${what}`);
    const { schema } = media;
    const problems = problemsOf(answer.body, schema, this.document.components.schemas);
    expect(problems, what).toStrictEqual([]);
    if (whole) expect(this.#itemProblems(answer.body, schema), what).toStrictEqual([]);
  }

  /** A refusal of this very code, and a promised one. What answers HEAD says its status and no code. */
  expectRefusal(operation: DocumentedOperation, answer: Answer, code: string): void {
    const what = `${operation.method} ${operation.path}: ${answer.status} ${answer.text}`;
    if (operation.method !== 'HEAD') expect(answer.body, what).toMatchObject({ error: { code } });
    expect(answer.status, `${code}: ${what}`).toBe(this.document['x-errors'][code]?.status);
    this.expectPromised(operation, answer);
  }

  #itemProblems(body: unknown, schema: JsonSchema): string[] {
    const page = schema.$ref === undefined ? schema : named(this.document.components.schemas, schema.$ref);
    const [item] = page.properties?.data?.items?.anyOf ?? [];
    if (!item) return [];
    return problemsOf(
      body,
      { properties: { data: { items: item }, next_cursor: {} } },
      this.document.components.schemas,
    );
  }

  #response(response: Operation['responses'][string]): Response {
    return '$ref' in response ? named(this.document.components.responses, response.$ref) : response;
  }
}

function named<Component>(components: Readonly<Record<string, Component>>, $ref: string): Component {
  const found = components[$ref.split('/').at(-1) ?? ''];
  if (!found) throw new Error(`There is no ${$ref}.`);
  return found;
}
