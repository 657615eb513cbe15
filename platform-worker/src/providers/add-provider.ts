import { insertEvent, type SqlCondition } from '#provisioner/registry/events.ts';
import { PlatformError } from '#shared-schema/errors/platform-error.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { type Provider, providerInputSchema } from '#shared-schema/providers/provider.ts';
import {
  type FirstAnswer,
  keepFirstAnswer,
  readFirstAnswer,
  replay,
  sendAnswer,
  unlessAnswered,
} from '../http/idempotency-store.ts';
import { idempotentRequest } from '../http/idempotent-request.ts';
import type { Platform } from '../platform.ts';

/** `POST /admin/providers`: 201. Errors: `PROVIDER_NAME_TAKEN`, `IDEMPOTENCY_KEY_REUSED` and those of every JSON body. */
export async function addProvider(
  platform: Platform,
  request: Request,
  requestId: string,
): Promise<Response> {
  const input = await readJsonBody(request, providerInputSchema);
  const registry = platform.env.REGISTRY;
  const now = platform.now();
  const provider: Provider = { id: platform.newId(), ...input, version: 1, created_at: now, updated_at: now };
  const idempotent = await idempotentRequest(request, input, now);
  const answer: FirstAnswer = { status: 201, location: `/providers/${provider.id}`, body: provider };
  const unanswered = unlessAnswered(idempotent);
  const added: SqlCondition = { sql: 'EXISTS (SELECT 1 FROM providers WHERE id = ?)', params: [provider.id] };
  const [first, inserted] = await registry.batch([
    readFirstAnswer(registry, idempotent),
    registry
      .prepare(
        `INSERT INTO providers (id, body, created_at, updated_at) SELECT ?1, ?2, ?3, ?3
         WHERE NOT EXISTS (SELECT 1 FROM providers WHERE name = ?4) AND ${unanswered.sql} RETURNING id`,
      )
      .bind(provider.id, JSON.stringify(input), now, input.name, ...unanswered.params),
    insertEvent(registry, providerAdded(platform, provider, requestId), added),
    ...keepFirstAnswer(registry, idempotent, answer, added),
  ]);
  if (inserted?.results.length === 1) return sendAnswer(answer);
  const replayed = replay(first?.results[0], idempotent);
  if (replayed) return replayed;
  const fields = [{ field: 'name', message: 'Another provider has this name.' }];
  throw new PlatformError('PROVIDER_NAME_TAKEN', { context: { fields } });
}

function providerAdded(platform: Platform, provider: Provider, requestId: string) {
  return {
    id: platform.newId(),
    at: provider.created_at,
    actor: 'admin',
    action: 'provider.added',
    targetKind: 'provider',
    targetId: provider.id,
    requestId,
    before: null,
    after: provider,
  };
}
