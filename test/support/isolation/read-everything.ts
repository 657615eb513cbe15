import type { OpenAccount } from '../open-account.ts';
import { sendOperation } from '../openapi/caller.ts';
import type { Contract, DocumentedOperation } from '../openapi/contract.ts';
import { type Answer, send } from '../send.ts';

/**
 * All that the account's owner can read by any operation of its document: every page of every list, each record of it by
 * its id in every way, each file, and each list searched for the words.
 */
export async function readEverything(
  account: OpenAccount,
  contract: Contract,
  words: readonly string[],
): Promise<Answer[]> {
  const reads = contract.operations.filter(({ method }) => method === 'GET');
  const pages = reads.filter(({ path }) => !path.includes('{'));
  const answers = (await Promise.all(pages.map((read) => everyPage(account, contract, read)))).flat();
  const ofOne = reads
    .filter(({ path }) => path.includes('{'))
    .map(async (read) => {
      const list = pages.find(({ path }) => read.path.startsWith(`${path}/{`));
      const records = answers.filter(({ read: of }) => of === list).flatMap(({ answer }) => dataOf(answer));
      return Promise.all(records.map(({ id }) => ask(account, read, {}, id)));
    });
  const searched = pages.flatMap((read) =>
    contract.parameters(read).some(({ name }) => name === 'q')
      ? words.map((q) => ask(account, read, { q }))
      : [],
  );
  const read = [...answers.map(({ answer }) => answer), ...(await Promise.all(ofOne)).flat()];
  const files = read.flatMap(({ text }) => /http[^"]+\/files\/[\w.-]+/.exec(text)?.[0] ?? []);
  return [...read, ...(await Promise.all([...searched, ...files.map((url) => send(url))]))];
}

async function everyPage(account: OpenAccount, contract: Contract, read: DocumentedOperation) {
  const names = contract.parameters(read).map(({ name }) => name);
  const next = names.find((name) => name === 'cursor' || name === 'since');
  const answers: { read: DocumentedOperation; answer: Answer }[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = next ? { limit: '200', ...(cursor !== undefined && { [next]: cursor }) } : {};
    const answer = await ask(account, read, query);
    answers.push({ read, answer });
    cursor = Object(answer.body).next_cursor ?? null;
  }
  return answers;
}

function ask(
  account: OpenAccount,
  read: DocumentedOperation,
  query: Readonly<Record<string, string>>,
  id = '',
) {
  const token = account.session.access_token;
  return sendOperation(account.url('path'), read, { id, query, token });
}

function dataOf({ body }: Answer): readonly { readonly id: string }[] {
  return Object(body).data ?? [];
}
