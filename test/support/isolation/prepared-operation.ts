import type { OperationRequest } from '../openapi/caller.ts';
import type { DocumentedOperation } from '../openapi/contract.ts';

/** An operation, and a request that its account takes from whoever may: all that a guard keeps out would be done. */
export interface PreparedOperation {
  readonly operation: DocumentedOperation;
  readonly request: OperationRequest;
}

/** What a test of the operation is called. */
export function titled(prepared: PreparedOperation): PreparedOperation & { readonly title: string } {
  const { method, path } = prepared.operation;
  return { ...prepared, title: `${method} ${path}` };
}

/** Which of an account's operations ask for a token. */
export function needsToken({ operation }: PreparedOperation): boolean {
  return operation.security.length > 0;
}

/** The id of a record that was made for an operation on the collection: `/clients`. */
export function preparedId(prepared: readonly PreparedOperation[], collection: string): string {
  const found = prepared.find(({ operation }) => operation.path === `${collection}/{id}`);
  if (found?.request.id === undefined) throw new Error(`Nothing was prepared in ${collection}.`);
  return found.request.id;
}
