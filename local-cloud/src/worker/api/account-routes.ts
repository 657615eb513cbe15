import { Hono } from 'hono';
import { envelope } from '../api/envelope.ts';
import type { Env } from '../env.ts';

const SINCE = '2026-01-01T00:00:00.000Z';

/** The one token, user and account there are. */
export const accountRoutes = new Hono<{ Bindings: Env }>()
  .get('/user/tokens/verify', (c) => c.json(envelope(token())))
  .get('/accounts/:account/tokens/verify', (c) => c.json(envelope(token())))
  .get('/user', (c) => c.json(envelope({ id: 'local-user', email: 'local@localhost', username: 'local' })))
  .get('/accounts', (c) => c.json(envelope([account(c.env)], page(1))))
  .get('/accounts/:account', (c) => c.json(envelope(account(c.env))))
  .get('/memberships', (c) =>
    c.json(
      envelope([{ id: 'local-membership', status: 'accepted', account: account(c.env), roles: [] }], page(1)),
    ),
  );

function token() {
  return { id: 'local-token', status: 'active' };
}

function account(env: Env) {
  return { id: env.ACCOUNT_ID, name: 'Local cloud', type: 'standard', created_on: SINCE, settings: {} };
}

function page(count: number) {
  return { page: 1, per_page: 20, count, total_count: count };
}
