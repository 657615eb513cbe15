import { randomUUID } from 'node:crypto';
import type { OperationRequest } from '../openapi/caller.ts';
import type { Contract, DocumentedOperation } from '../openapi/contract.ts';
import { type PreparedOperation, preparedId } from './prepared-operation.ts';

/** Two requests that differ in one value: it is another account's in one, and nobody's in the other. */
export interface ForeignValue {
  readonly where: string;
  readonly foreign: OperationRequest;
  readonly unknown: OperationRequest;
  /** What both are answered with. */
  readonly status: 200 | 400 | 404;
}

/** A request of ours with the id of theirs in its path. */
export function foreignPaths(
  { operation, request }: PreparedOperation,
  theirs: readonly PreparedOperation[],
): ForeignValue[] {
  const counterpart = theirs.find(({ operation: { operationId } }) => operationId === operation.operationId);
  const id = counterpart?.request.id;
  if (id === undefined) return [];
  const unknown = { ...request, id: randomUUID() };
  return [{ where: 'the path', foreign: { ...request, id }, unknown, status: 404 }];
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
        status: 400,
      },
    ];
  });
}

/** A list of ours filtered by what is another account's: ids that a field may name, and what its records alone have. */
export function foreignFilters(
  contract: Contract,
  operation: DocumentedOperation,
  theirs: readonly PreparedOperation[],
  records: readonly Readonly<Record<string, unknown>>[],
): ForeignValue[] {
  const create = contract.operations.find(({ method, path }) => method === 'POST' && path === operation.path);
  const fields = (create && contract.bodySchema(create)?.properties) ?? {};
  return contract.parameters(operation).flatMap(({ name, in: place }): ForeignValue[] => {
    if (place !== 'query') return [];
    const collection = fields[name]?.['x-reference'];
    const own = records.flatMap((record) => record[name] ?? []).find(isOneOfAKind);
    const value = collection === undefined ? own : preparedId(theirs, collection);
    if (value === undefined) return [];
    const asking = (text: string) => ({ query: { [name]: text } });
    const unknown = asking(value.replace(/^[^@]{36}/, randomUUID()));
    return [{ where: name, foreign: asking(value), unknown, status: 200 }];
  });
}

/** A UUID, or an address whose name is one: what no two accounts can have by chance. */
function isOneOfAKind(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(@|$)/.test(value);
}
