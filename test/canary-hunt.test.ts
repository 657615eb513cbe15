import { afterAll, describe, expect, test, vi } from 'vitest';
import { expectNothingOf } from './support/isolation/alike.ts';
import { IsolationStage } from './support/isolation/isolation-stage.ts';
import { bytesOf, Canary, plantCanaries } from './support/isolation/plant-canaries.ts';
import { accountCaller } from './support/isolation/prepare-operations.ts';
import { readEverything } from './support/isolation/read-everything.ts';
import { ADDRESS_FORMS } from './support/open-account.ts';
import { sendOperation } from './support/openapi/caller.ts';
import { Contract } from './support/openapi/contract.ts';
import { expectRefusal } from './support/refusal.ts';
import { type Answer, type SendOptions, send } from './support/send.ts';
import { PASSWORD } from './support/sign-up.ts';

/** Texts of a body that are no free words: codes and digests. */
const NO_WORDS = /\.(country|sha256)$/;
/** Texts that nobody reads again. */
const SECRET = /^createUser\.password$/;

const stage = await IsolationStage.open();
afterAll(() => stage.close());
const { log } = stage;
const { instance } = stage.platform;
const firms = await Promise.all(
  [stage.ours, stage.theirs, await stage.openAccount('third')].map(async (account) => {
    const [caller, canary] = [await accountCaller(stage, account), new Canary()];
    await plantCanaries(account, caller, canary);
    return { title: account.account.slug, account, contract: caller.contract, canary };
  }),
);
const words = firms.map(({ canary }) => canary.word);
/** What belongs to one account alone, planted or not. */
const marksOf = ({ account, canary }: (typeof firms)[number]) => {
  const { id, email } = account.session.user;
  return [canary.word, account.account.id, stage.stackOf(account).id, id, String(email)];
};
const othersOf = (canary: Canary) => words.filter((word) => word !== canary.word);
const publicContract = new Contract((await send(`${instance.url}/openapi.json`)).body);

/** What is logged, but for the mails: here they are log lines, links and all. */
const logged = () => log.lines.filter((line) => !line.startsWith('{"event":"mail"'));

test('every text of every body holds a canary', () => {
  for (const { canary } of firms) {
    expect([...canary.unplanted].filter((at) => !NO_WORDS.test(at))).toStrictEqual([]);
  }
});

describe.each(firms)('$title', ({ account, contract, canary }) => {
  test('reads all that was planted there but the secrets, and nothing of the others', async () => {
    const answers = await readEverything(account, contract, words);
    const all = answers.map(({ text }) => text).join('\n');
    for (const { at, text } of canary.planted)
      expect([at, all.includes(text)]).toStrictEqual([at, !SECRET.test(at)]);
    expect(all).toContain(bytesOf(canary));
    for (const answer of answers) expectNothingOf(othersOf(canary), answer);
  });

  test('is answered nothing of the others at their addresses, nor at the platform', async () => {
    const tokens = [undefined, account.session.access_token];
    const asked = firms.flatMap((other) =>
      other.account === account
        ? []
        : ADDRESS_FORMS.flatMap((form) =>
            other.contract.operations.map((operation) => [other.account.url(form), operation] as const),
          ),
    );
    const open = publicContract.operations.map((operation) => [instance.url, operation] as const);
    for (const token of tokens) {
      const answers = [...asked, ...open].map(([url, operation]) =>
        sendOperation(url, operation, { id: canary.word, token, json: operation.requestBody && {} }),
      );
      for (const answer of await Promise.all(answers)) expectNothingOf(othersOf(canary), answer);
    }
  });

  test('has nothing of the others in its database', async () => {
    const others = firms.filter((firm) => firm.account !== account).flatMap(marksOf);
    const rows = JSON.stringify(await stage.dump(account));
    expect(others.filter((mark) => rows.includes(mark))).toStrictEqual([]);
    expect(rows).toContain(canary.word);
  });
});

test('the registry holds nothing of any client or user', async () => {
  const rows = JSON.stringify(await stage.dumpRegistry());
  const people = firms.map(({ account: { session } }) => String(session.user.email));
  expect([...words, ...people].filter((text) => rows.includes(text))).toStrictEqual([]);
});

test('a mail holds nothing but of the account that it is for', () => {
  const mails = log.lines.filter((line) => line.startsWith('{"event":"mail"'));
  for (const { account, canary } of firms) {
    const own = mails.filter((line) => line.includes(`"slug":"${account.account.slug}"`));
    expect(own.some((line) => line.includes(canary.word))).toBe(true);
    expect(own.filter((line) => othersOf(canary).some((word) => line.includes(word)))).toStrictEqual([]);
  }
});

describe('the log', () => {
  const third = firms[2];
  if (!third) throw new Error('There are three.');
  const { account, canary } = third;

  /** Waits until the failure is logged, by its request id. */
  async function untilLogged(answer: Answer): Promise<void> {
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(500);
    const id = answer.headers.get('x-request-id') ?? '';
    await vi.waitUntil(() => logged().some((line) => line.includes(id)), { timeout: 10_000, interval: 20 });
  }

  test('is not told what a caller got wrong', async () => {
    const malformed = (contract: Contract, url: string, token: string) =>
      contract.operations
        .filter(({ requestBody }) => requestBody)
        .map((operation) =>
          sendOperation(url, operation, {
            ...{ id: account.account.id, token, body: canary.word },
            headers: { 'content-type': 'application/json' },
          }),
        );
    const answers = await Promise.all([
      ...malformed(third.contract, account.url('path'), account.session.access_token),
      ...malformed(publicContract, instance.url, instance.admin_token),
    ]);
    // That nothing was logged shows in the last test: by then later failures have been.
    for (const answer of answers) expect([400, 404]).toContain(answer.status);
  });

  test('tells of a database that fails, and nothing of what was to be written or read', async () => {
    const database = stage.stackOf(account).database_id ?? '';
    const failing = async (path: string, options: SendOptions = {}) => {
      const answer = await account.send(path, options);
      expectRefusal(answer, 'INTERNAL');
      await untilLogged(answer);
    };
    await stage.cloud.query(database, 'ALTER TABLE clients RENAME TO taken_away');
    await failing('/clients', { method: 'POST', json: { kind: 'company', company_name: canary.word } });
    await failing(`/clients?q=${canary.word}`);
    await stage.cloud.query(database, 'ALTER TABLE users RENAME TO taken_away_too');
    const credentials = { email: `${canary.word}@canary.example`, password: canary.word };
    await failing('/sessions', { method: 'POST', json: credentials });
  });

  test('tells of an account Worker that answers nonsense, and nothing of the nonsense', async () => {
    const { word } = canary;
    const file = { content_type: `application/${word}`, size: 1, sha256: 'a0'.repeat(32) };
    const ids = { document_id: account.account.id, version_id: account.account.id };
    const grant = (facts: object) => ({ 'x-freehold-file-grant': encodeURIComponent(JSON.stringify(facts)) });
    const posts = [
      ['/sessions', { email: 'a@canary.example', password: PASSWORD }],
      ['/invitations', { email: 'a@canary.example', name: word }],
    ] as const;
    for (const [text, headers] of [
      [word, {}],
      [JSON.stringify({ [word]: word }), {}],
      [word, grant({ action: 'download', name: word, ...ids, ...file })],
      [word, grant({ [word]: word })],
    ] as const) {
      await stage.cloud.upload(stage.stackOf(account).worker_name ?? '', nonsense(text, headers));
      for (const [path, json] of posts) await untilLogged(await account.send(path, { method: 'POST', json }));
      if (Object.keys(headers).length > 0) await untilLogged(await account.send('/documents'));
    }
  });

  test('holds nothing of anybody, and no secret', () => {
    const secrets = firms.flatMap(({ account: { session } }) => [
      session.access_token,
      session.refresh_token,
    ]);
    const hunted = [...words, ...secrets, PASSWORD, instance.admin_token, ...log.lines.flatMap(tokensOfMail)];
    const found = logged().filter((line) => hunted.some((text) => line.includes(text)));
    expect(found).toStrictEqual([]);
  });
});

function nonsense(text: string, headers: object): string {
  return `export default { fetch: () => new Response(${JSON.stringify(text)}, ${JSON.stringify({ status: 201, headers })}) };`;
}

function tokensOfMail(line: string): string[] {
  return /#token=([\w-]+)/.exec(line)?.slice(1) ?? [];
}
