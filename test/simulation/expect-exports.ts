import { createHash } from 'node:crypto';
import { bookmarkOf } from './model-cloud.ts';
import { IS_SETTLED, type World } from './world.ts';

/** Names of databases that only prove an export. */
const SCRATCH = /^fh-verify-(.*)$/;

/** What must hold of exports once all is quiet: each was proven, its file is what was recorded, and nothing else lies about. */
export function exportDisagreements(world: World): string[] {
  const { registry, cloud, objects } = world;
  const problems: string[] = [];
  const must = (holds: boolean, problem: string) => {
    if (!holds) problems.push(problem);
  };
  const made =
    registry.rows(`SELECT operations.id, operations.status AS operation_status, exports.* FROM operations
    LEFT JOIN exports ON exports.id = operations.id WHERE operations.kind IN ('export', 'delete')`);
  for (const row of made.filter(({ operation_status }) => operation_status === 'succeeded')) {
    must(row.status === 'verified', `the export of ${row.account_id} is ${row.status}`);
    const bytes = objects.get(String(row.object_key));
    const text = new TextDecoder().decode(bytes);
    must(bytes?.byteLength === row.size_bytes, `${row.object_key} is not as long as was recorded`);
    must(createHash('sha256').update(text).digest('hex') === row.sha256, `${row.object_key} is another file`);
    const content = Object(JSON.parse(/VALUES\('(.*)'\);/.exec(text)?.[1] ?? '{}'));
    must(content.accountId === row.account_id, `${row.object_key} is another account's`);
    must(content.stackId === row.stack_id, `${row.object_key} is another stack's`);
    must(bookmarkOf(content.writes) === row.at_bookmark, `${row.object_key} is of another moment`);
    const proof = cloud.transfers.proofs.get(`fh-verify-${row.id}`);
    must(proof?.md5 === row.md5 && proof?.dumpRead === true, `the export ${row.id} was never proven`);
  }
  const unended = registry.rows(`SELECT id FROM operations WHERE status = 'failed' AND ${IS_SETTLED}`);
  const keys = new Set(made.map(({ object_key }) => object_key));
  for (const key of objects.keys()) {
    must(keys.has(key) || unended.some(({ id }) => key.includes(String(id))), `${key} is nobody's`);
  }
  for (const { name } of cloud.databases.values()) {
    const [, operationId] = SCRATCH.exec(name) ?? [];
    // A call that came late made it once more: that one is an orphan, and the survey's.
    if (operationId === undefined || cloud.deleted.has(name)) continue;
    must(
      unended.some(({ id }) => id === operationId),
      `${name} is left`,
    );
  }
  return problems;
}
