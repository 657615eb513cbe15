import type { OpenAccount } from '../open-account.ts';
import { accountKnowledge } from '../openapi/account-knowledge.ts';
import { Caller } from '../openapi/caller.ts';
import { Contract } from '../openapi/contract.ts';
import { send } from '../send.ts';
import { ownerEmail, PASSWORD } from '../sign-up.ts';
import type { IsolationStage } from './isolation-stage.ts';
import type { PreparedOperation } from './prepared-operation.ts';

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
