import { insertEvent } from '#provisioner/registry/events.ts';
import { accountTagsSchema } from '#shared-schema/accounts/account-tags.ts';
import { readJsonBody } from '#shared-schema/http/json-body.ts';
import { requireAccount } from '../accounts/account-rows.ts';
import type { PlatformRoute } from '../http/routes.ts';

const tag = 'admin: accounts';
const TAGS = { name: 'AccountTags', schema: accountTagsSchema };
const answers = { 200: { description: 'The tags, in order.', body: TAGS } };

export const readTagsRoute: PlatformRoute = {
  name: 'adminReadAccountTags',
  tag,
  summary: 'Read the tags of an account',
  answers,
  errors: ['ACCOUNT_NOT_FOUND'],
  handler: async ({ env: { platform }, req }) => {
    const { id } = await requireAccount(platform, req.param('idOrSlug') ?? '');
    const { results } = await platform.env.REGISTRY.prepare(
      'SELECT tag FROM account_tags WHERE account_id = ? ORDER BY tag',
    )
      .bind(id)
      .all<{ tag: string }>();
    return Response.json({ tags: results.map((row) => row.tag) });
  },
};

export const setTagsRoute: PlatformRoute = {
  name: 'adminSetAccountTags',
  tag,
  summary: 'Set the tags of an account, by which rollouts choose',
  body: { ...TAGS, example: { tags: ['pilot'] } },
  answers,
  errors: ['ACCOUNT_NOT_FOUND'],
  handler: async ({ env: { platform, requestId }, req }) => {
    const { env, now, newId } = platform;
    const tags = [...new Set((await readJsonBody(req.raw, accountTagsSchema)).tags)].sort();
    const { id } = await requireAccount(platform, req.param('idOrSlug') ?? '');
    await env.REGISTRY.batch([
      env.REGISTRY.prepare('DELETE FROM account_tags WHERE account_id = ?').bind(id),
      env.REGISTRY.prepare(
        'INSERT INTO account_tags (account_id, tag) SELECT ?, value FROM json_each(?)',
      ).bind(id, JSON.stringify(tags)),
      insertEvent(env.REGISTRY, {
        ...{ id: newId(), at: now(), actor: 'admin', action: 'account.tagged', requestId, before: null },
        ...{ targetKind: 'account', targetId: id, after: { tags } },
      }),
    ]);
    return Response.json({ tags });
  },
};
