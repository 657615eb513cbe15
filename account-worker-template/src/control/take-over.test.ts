import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256Hex } from '#shared-schema/hashing/sha256.ts';
import { TestAccount } from '#test/support/account.ts';
import { AccountWorkers } from '#test/support/account-worker.ts';

let account: TestAccount;

beforeAll(async () => {
  account = await TestAccount.start();
});
afterAll(() => account?.stop());

function takeOver(stackId: string, accountId: string) {
  return account.control('POST', '/_platform/take-over', { stack_id: stackId, account_id: accountId });
}

async function setIdentity(stackId: string): Promise<void> {
  await account.rows('UPDATE stack_identity SET stack_id = ?', stackId);
}

test('makes a database of the named stack its own, and may be repeated', async () => {
  const source = randomUUID();
  await setIdentity(source);
  for (let times = 0; times < 2; times += 1) {
    const { status, body } = await takeOver(source, account.id);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { stack_id: account.stack.stackId, account_id: account.id },
    });
  }
  expect(await account.rows('SELECT stack_id, account_id FROM stack_identity')).toEqual([
    { stack_id: account.stack.stackId, account_id: account.id },
  ]);
});

test('ends every session, and no link from before works any more', async () => {
  const session = await account.openSession(account.owner.id, 'owner');
  await account.rows(
    `INSERT INTO password_resets VALUES ('hash', ?, 'a@b.test', 0, 9999999999999)`,
    account.owner.id,
  );
  const invited = { name: 'Cy', email: 'cy@acme.test', role: 'member' };
  const token_sha256 = await sha256Hex('the token of a link');
  const sent = { 'x-freehold-one-time-token-sha256': token_sha256 };
  expect((await session.post('/invitations', invited, sent)).status).toBe(201);
  const { stackId } = account.stack;
  expect((await takeOver(stackId, account.id)).status).toBe(200);
  expect((await session.get('/me')).body.error.code).toBe('SESSION_ENDED');
  expect(await account.rows('SELECT * FROM password_resets')).toEqual([]);
  const accepted = { token_sha256, password: 'a long enough password' };
  const { body } = await account.control('POST', '/_platform/accept-invitation', accepted);
  expect(body.error.code).toBe('ONE_TIME_TOKEN_INVALID');
});

test.each([
  ['another stack than the named', () => [randomUUID(), account.id] as const],
  ['another account', (source: string) => [source, randomUUID()] as const],
])('refuses a database of %s, and touches nothing', async (_, ordered) => {
  const source = randomUUID();
  await setIdentity(source);
  const [stackId, accountId] = ordered(source);
  const { status, body } = await takeOver(stackId, accountId);
  expect([status, body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
  expect(await account.rows('SELECT stack_id FROM stack_identity')).toEqual([{ stack_id: source }]);
  await setIdentity(account.stack.stackId);
});

test('refuses its own database where it is of another account, and ends no session', async () => {
  const session = await account.openSession(account.owner.id, 'owner');
  const { status, body } = await takeOver(account.stack.stackId, randomUUID());
  expect([status, body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
  expect((await session.get('/me')).status).toBe(200);
});

test('refuses a database that holds nothing', async () => {
  const stack = { stackId: randomUUID() };
  const workers = await AccountWorkers.start(stack);
  const token = await workers.controlToken(stack);
  const body = { stack_id: stack.stackId, account_id: randomUUID() };
  const answer = await workers.send(stack, '/_platform/take-over', { method: 'POST', token, body });
  expect([answer.status, answer.body.error.code]).toEqual([500, 'STACK_IDENTITY_MISMATCH']);
  await workers.stop();
});
