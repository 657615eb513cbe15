import type { CloudAccess } from './driver-platform.ts';

interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/**
 * A database of the local cloud as a binding, over its REST API: each call on it is one of the cloud's, logged and held as
 * any other. A batch is one transaction there as it is here.
 */
export function restRegistry(access: CloudAccess, databaseId: string): D1Database {
  const send = async (batch: readonly Statement[]): Promise<D1Result[]> => {
    const url = `${access.apiUrl}/accounts/${access.accountId}/d1/database/${databaseId}/query`;
    const headers = { authorization: `Bearer ${access.apiToken}`, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ batch }) });
    // The envelope that Cloudflare documents.
    const answer = (await response.json()) as { result: D1Result[] | null; errors: { message: string }[] };
    if (!response.ok || answer.result === null) throw new Error(`D1_ERROR: ${answer.errors[0]?.message}`);
    return answer.result;
  };
  const prepare = (sql: string, params: readonly unknown[] = []) => {
    const one = async () => {
      const [result] = await send([{ sql, params }]);
      if (result === undefined) throw new Error('D1 answered no result.');
      return result;
    };
    return {
      ...{ sql, params },
      bind: (...bound: unknown[]) => prepare(sql, bound),
      run: one,
      all: one,
      first: async (column?: string) => {
        const row = (await one()).results[0];
        return (column === undefined ? row : Object(row)[column]) ?? null;
      },
    };
  };
  const registry = {
    prepare,
    batch: (statements: Statement[]) => send(statements.map(({ sql, params }) => ({ sql, params }))),
  };
  return registry as unknown as D1Database; // the part of D1 that platform and provisioner use
}
