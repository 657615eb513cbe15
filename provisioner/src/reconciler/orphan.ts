import type { OrphanKind } from '#shared-schema/audit/finding.ts';
import type { CloudflareDatabase } from '../cloudflare/cloudflare-api.ts';
import type { ListedWorker } from '../cloudflare/worker-answers.ts';
import type { FindingDraft } from '../registry/findings.ts';

/** A resource under a name of ours that no stack of the registry needs. */
export interface Orphan {
  readonly kind: OrphanKind;
  readonly name: string;
  /** The database's id, or the namespace of the Worker. */
  readonly place: string;
  /** As Cloudflare says it: another resource under the same name was made at another time. */
  readonly createdAt: string | null;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const OF_A_STACK = new RegExp(`^fh-(${UUID})$`);
const OF_AN_OPERATION = new RegExp(`^fh-verify-(${UUID})$`);

export interface NameOwner {
  readonly of: 'stack' | 'operation';
  readonly id: string;
}

/** Whom a resource of this name belongs to; null where the name is none of ours. */
export function ownerOf(name: string): NameOwner | null {
  const stack = OF_A_STACK.exec(name)?.[1];
  if (stack !== undefined) return { of: 'stack', id: stack };
  const operation = OF_AN_OPERATION.exec(name)?.[1];
  return operation === undefined ? null : { of: 'operation', id: operation };
}

/** The orphan that this database is unless somebody needs it; null where its name is none of ours. */
export function orphanDatabase({ id, name, createdAt }: CloudflareDatabase): Orphan | null {
  const owner = ownerOf(name);
  if (owner === null) return null;
  const kind = owner.of === 'stack' ? 'ORPHAN_DATABASE' : 'ORPHAN_SCRATCH_DATABASE';
  return { kind, name, place: id, createdAt };
}

/** The orphan that this Worker is unless somebody needs it. The namespace is for account Workers: any other is unknown. */
export function orphanWorker({
  name,
  namespace,
  createdAt,
}: ListedWorker & { readonly namespace: string }): Orphan {
  const kind = ownerOf(name)?.of === 'stack' ? 'ORPHAN_WORKER' : 'UNKNOWN_WORKER';
  return { kind, name, place: namespace, createdAt };
}

/** Whether it is a Worker, and no database. */
export function isWorker({ kind }: Pick<Orphan, 'kind'>): boolean {
  return kind === 'ORPHAN_WORKER' || kind === 'UNKNOWN_WORKER';
}

/** Names this one resource: what is made anew under the name of another is another orphan, of no age yet. */
export function orphanSubject(orphan: Orphan): string {
  const { name, place, createdAt } = orphan;
  return isWorker(orphan) ? `worker:${place}/${name}@${createdAt}` : `database:${place}`;
}

export function orphanDraft(orphan: Orphan): FindingDraft {
  const { kind, name, place, createdAt } = orphan;
  return {
    ...{ kind, subject: orphanSubject(orphan), stackId: null, accountId: null, expected: {} },
    seen: { name, place, created_at: createdAt },
  };
}
