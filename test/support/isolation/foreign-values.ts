import { randomUUID } from 'node:crypto';
import type { OperationRequest } from '../openapi/caller.ts';
import type { Contract, DocumentedOperation } from '../openapi/contract.ts';
import { type PreparedOperation, preparedId } from './prepare-operations.ts';

/** Two requests that differ in one value: it is another account's in one, and nobody's in the other. */
export interface ForeignValue {
  readonly where: string;
  readonly foreign: OperationRequest;
  readonly unknown: OperationRequest;
}

/** A request of ours with the id of theirs in its path. */
export function foreignPaths(ours: PreparedOperation, theirs: PreparedOperation): ForeignValue[] {
  const { id } = theirs.request;
  if (id === undefined) return [];
  return [
    {
      where: 'the path',
      foreign: { ...ours.request, id },
      unknown: { ...ours.request, id: randomUUID() },
    },
  ];
}

/** A request of ours with a record of theirs in each field of the body that names one. */
export function foreignReferences(
  contract: Contract,
  { operation, request }: PreparedOperation,
  theirs: readonly PreparedOperation[],
): ForeignValue[] {
  const json: Readonly<Record<string, unknown>> = Object(request.json);
  return Object.entries(contract.bodySchema(operation)?.properties ?? {}).flatMap(([field, schema]) => {
    const collection = schema['x-reference'];
    if (collection === undefined) return [];
    const naming = (id: string) => ({
      ...request,
      json: { ...json, [field]: Array.isArray(json[field]) ? [id] : id },
    });
    return [
      {
        where: field,
        foreign: naming(preparedId(theirs, collection)),
        unknown: naming(randomUUID()),
      },
    ];
  });
}

/** A list of ours filtered by each id and address that a record of theirs has. */
export function foreignFilters(
  contract: Contract,
  operation: DocumentedOperation,
  records: readonly Readonly<Record<string, unknown>>[],
): ForeignValue[] {
  return contract.parameters(operation).flatMap(({ name, in: place }): ForeignValue[] => {
    if (place !== 'query') return [];
    const value = records.flatMap((record) => record[name] ?? []).find(isOneOfAKind);
    if (value === undefined) return [];
    const asking = (text: string) => ({ query: { [name]: text } });
    return [
      { where: name, foreign: asking(value), unknown: asking(value.replace(/^[^@]{36}/, randomUUID())) },
    ];
  });
}

/** A UUID, or an address whose name is one: what no two accounts can have by chance. */
function isOneOfAKind(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(@|$)/.test(value);
}
