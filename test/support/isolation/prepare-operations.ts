import type { OpenAccount } from '../open-account.ts';
import { accountKnowledge } from '../openapi/account-knowledge.ts';
import { Caller, type OperationRequest } from '../openapi/caller.ts';
import { Contract, type DocumentedOperation } from '../openapi/contract.ts';
import { send } from '../send.ts';
import { ownerEmail, PASSWORD } from '../sign-up.ts';
import type { IsolationStage } from './isolation-stage.ts';

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

/** A caller of the account by its document, which is made of what its Worker has mounted. */
export async function accountCaller(stage: IsolationStage, account: OpenAccount): Promise<Caller> {
  const { issuer, log } = stage;
  const url = account.url('path');
  const credentials = { email: ownerEmail(account.account.slug), password: PASSWORD };
  return new Caller({
    contract: new Contract((await send(`${url}/openapi.json`)).body),
    url,
    token: account.session.access_token,
    knowledge: accountKnowledge({ account, credentials, issuer, log }),
  });
}

/** Each operation of the document with a good request on a record of its own, every field that it takes in the body. */
export async function prepareOperations(caller: Caller): Promise<PreparedOperation[]> {
  const prepared: PreparedOperation[] = [];
  for (const operation of caller.contract.operations) {
    prepared.push({ operation, request: await caller.goodRequest(operation, true) });
  }
  return prepared;
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
