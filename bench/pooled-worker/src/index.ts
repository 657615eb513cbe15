import { v7 as uuidV7 } from 'uuid';
import * as z from 'zod';
import { errorResponse } from '#shared-schema/errors/error-envelope.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { type ListDefinition, MAX_PAGE_SIZE } from '#shared-schema/lists/list-definition.ts';
import { parseListQuery } from '#shared-schema/lists/list-query.ts';
import { listPage, listStatement } from '#shared-schema/lists/list-statement.ts';
import type { AccessClaims } from '#shared-schema/tokens/claims.ts';
import { bearerToken, TokenVerifier } from '#shared-schema/tokens/token-verifier.ts';

export interface PooledEnv {
  readonly DB: D1Database;
  /** The audience of every token: here all accounts share one Worker. */
  readonly STACK_ID: string;
  readonly PLATFORM_KEYS: string;
  readonly PLATFORM_ISSUER: string;
}

const FIELDS = ['kind', 'status', 'owner_user_id', 'email', 'first_name', 'last_name', 'company_name'];
const RECORD = ['id', 'body', 'version', 'created_at', 'updated_at'];
const verifiers = new WeakMap<PooledEnv, TokenVerifier>();

/**
 * The pooled design with the same API, the same lists and the same guard in the same batch: the peer that a dedicated
 * database is measured against. Every index and every condition begins with the organization.
 */
export default {
  async fetch(request: Request, env: PooledEnv): Promise<Response> {
    try {
      const actor = await verifier(env).verifyAccessToken(bearerToken(request.headers), env.STACK_ID);
      const url = new URL(request.url);
      const id = url.pathname.split('/')[2];
      if (request.method === 'POST') return await createClient(env, actor, request);
      if (request.method === 'PATCH' && id) return await updateClient(env, actor, id, request);
      return id ? await readClient(env, actor, id) : await listClients(env, actor, url);
    } catch (thrown) {
      return errorResponse(thrown, 'pooled');
    }
  },
};

function verifier(env: PooledEnv): TokenVerifier {
  const known = verifiers.get(env);
  if (known) return known;
  const keys = z
    .object({ keys: z.array(z.looseObject({ kty: z.string() })) })
    .parse(JSON.parse(env.PLATFORM_KEYS));
  const made = new TokenVerifier({ keys, issuer: env.PLATFORM_ISSUER, now: Date.now });
  verifiers.set(env, made);
  return made;
}

/** True where the session holds: the counterpart of the account Worker's guard. */
const GUARD = `EXISTS (SELECT 1 FROM sessions JOIN users ON users.id = sessions.user_id
  WHERE sessions.id = ? AND sessions.organization_id = ? AND sessions.ended_at IS NULL AND sessions.expires_at > ?
  AND users.role = ? AND users.status = 'active')`;

function guardParams(actor: AccessClaims) {
  return [actor.sid, actor.account_id, Date.now(), actor.role] as const;
}

function guard(env: PooledEnv, actor: AccessClaims): D1PreparedStatement {
  return env.DB.prepare(`SELECT ${GUARD} AS holds`).bind(...guardParams(actor));
}

async function readGuarded(env: PooledEnv, actor: AccessClaims, statement: D1PreparedStatement) {
  const [held, rows] = await env.DB.batch<Record<string, unknown>>([guard(env, actor), statement]);
  if (held?.results[0]?.holds !== 1) throw new PlatformError('SESSION_ENDED');
  return rows?.results ?? [];
}

function select(env: PooledEnv, actor: AccessClaims, id: string): D1PreparedStatement {
  const sql = `SELECT ${RECORD.join(', ')} FROM clients WHERE organization_id = ? AND id = ? AND deleted_at IS NULL`;
  return env.DB.prepare(sql).bind(actor.account_id, id);
}

async function readClient(env: PooledEnv, actor: AccessClaims, id: string): Promise<Response> {
  const [row] = await readGuarded(env, actor, select(env, actor, id));
  if (!row) throw new PlatformError('RECORD_NOT_FOUND');
  return Response.json(toClient(row));
}

async function listClients(env: PooledEnv, actor: AccessClaims, url: URL): Promise<Response> {
  const organizationId = z.uuid().parse(actor.account_id);
  const definition: ListDefinition = {
    table: 'clients',
    columns: [...RECORD, ...FIELDS],
    where: `organization_id = '${organizationId}' AND deleted_at IS NULL`,
    indexed: Object.fromEntries(FIELDS.map((field) => [field, 'text'])),
    fields: [...RECORD, ...FIELDS],
  };
  const query = parseListQuery(url.searchParams, definition);
  const { sql, params } = listStatement(definition, query);
  const rows = await readGuarded(env, actor, env.DB.prepare(sql).bind(...params));
  return Response.json(
    listPage(
      z
        .array(z.looseObject({ id: z.string() }))
        .max(MAX_PAGE_SIZE + 1)
        .parse(rows),
      query,
      toClient,
    ),
  );
}

async function createClient(env: PooledEnv, actor: AccessClaims, request: Request): Promise<Response> {
  const body = await readJsonBody(request, z.record(z.string(), z.unknown()));
  const id = uuidV7();
  await write(env, actor, id, 'create', body, [
    env.DB.prepare(
      `INSERT INTO clients (id, organization_id, body, version, created_at, updated_at) SELECT ?, ?, ?, 1, ?, ? WHERE ${GUARD}`,
    ).bind(id, actor.account_id, JSON.stringify(body), Date.now(), Date.now(), ...guardParams(actor)),
  ]);
  return Response.json({ id, version: 1, ...body }, { status: 201 });
}

async function updateClient(
  env: PooledEnv,
  actor: AccessClaims,
  id: string,
  request: Request,
): Promise<Response> {
  const patch = await readJsonBody(request, z.record(z.string(), z.unknown()));
  const [row] = await readGuarded(env, actor, select(env, actor, id));
  if (!row) throw new PlatformError('RECORD_NOT_FOUND');
  const { version } = z.object({ version: z.int() }).parse(row);
  const body = { ...JSON.parse(String(row.body)), ...patch };
  await write(env, actor, id, 'update', patch, [
    env.DB.prepare(
      `UPDATE clients SET body = ?, version = version + 1, updated_at = ?
       WHERE organization_id = ? AND id = ? AND version = ? AND ${GUARD}`,
    ).bind(JSON.stringify(body), Date.now(), actor.account_id, id, version, ...guardParams(actor)),
  ]);
  return Response.json({ id, ...body, version: version + 1 });
}

async function write(
  env: PooledEnv,
  actor: AccessClaims,
  entityId: string,
  action: string,
  changed: unknown,
  statements: D1PreparedStatement[],
): Promise<void> {
  const change = env.DB.prepare(
    `INSERT INTO changes (organization_id, id, entity_id, action, changed, actor_id, at) SELECT ?, ?, ?, ?, ?, ?, ? WHERE ${GUARD}`,
  ).bind(
    ...[actor.account_id, uuidV7(), entityId, action, JSON.stringify(changed), actor.sub, Date.now()],
    ...guardParams(actor),
  );
  const [held] = await env.DB.batch<{ holds: number }>([guard(env, actor), change, ...statements]);
  if (held?.results[0]?.holds !== 1) throw new PlatformError('SESSION_ENDED');
}

function toClient(row: Readonly<Record<string, unknown>>): object {
  const { id, body, version, created_at, updated_at } = row;
  return { id, version, ...JSON.parse(String(body)), created_at, updated_at };
}
