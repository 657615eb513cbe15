import type { Identity } from './account/bench-tokens.ts';
import { type Design, startDesign } from './account/design.ts';
import { benchNoisyNeighbour } from './account/noisy-neighbour.ts';
import {
  DEDICATED_ENTRY,
  newIdentity,
  POOLED_ENTRY,
  prepareDedicated,
  preparePooled,
} from './account/prepare-database.ts';

const DEFAULT_SIZES = [1_000, 100_000, 1_000_000];
/** In the pooled database as many rows again belong to others. */
const OTHER_ACCOUNTS = 4;
const CLIENT = { kind: 'company', company_name: 'Bench Ltd' };

interface Measured {
  readonly operation: string;
  readonly roundTrips: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

/**
 * Round trips, rows read and rows written for each operation on an account of 1 thousand, 100 thousand and 1 million
 * clients, on a database of its own and in a pooled one that holds as many rows again of other accounts.
 * `npm run bench -- account 1000,100000` measures other sizes.
 */
export async function benchAccount([sizes]: readonly string[]): Promise<void> {
  for (const size of sizes?.split(',').map(Number) ?? DEFAULT_SIZES) {
    const identity = newIdentity();
    await using dedicated = await startDedicated(identity, size);
    await using pooled = await startPooled(identity, size);
    const [own, shared] = [await measureAll(dedicated, size), await measureAll(pooled, size)];
    console.log(
      `\n${size.toLocaleString('en-GB')} clients               own database            pooled database`,
    );
    console.log('                          trips   read  written   trips   read  written');
    for (const [position, one] of own.entries()) console.log(line(one, shared[position]));
  }
  await benchNoisyNeighbour();
}

function line(own: Measured, shared: Measured | undefined): string {
  const columns = (m: Measured | undefined) =>
    [m?.roundTrips, m?.rowsRead, m?.rowsWritten]
      .map((n, i) => String(n ?? '-').padStart([7, 7, 9][i] ?? 7))
      .join('');
  return `${own.operation.padEnd(24)}${columns(own)}${columns(shared)}`;
}

async function startDedicated(identity: Identity, clients: number): Promise<Design> {
  const design = await startDesign(DEDICATED_ENTRY, identity);
  await prepareDedicated(design, { identity, clients });
  return design;
}

async function startPooled(identity: Identity, clients: number): Promise<Design> {
  const design = await startDesign(POOLED_ENTRY, identity);
  const others = Array.from({ length: OTHER_ACCOUNTS }, () => ({
    identity: newIdentity(),
    clients: Math.floor(clients / OTHER_ACCOUNTS),
  }));
  await preparePooled(design, [{ identity, clients }, ...others]);
  return design;
}

async function measureAll(design: Design, size: number): Promise<Measured[]> {
  const measured: Measured[] = [];
  const measure = async (operation: string, method: string, path: string, body?: unknown) => {
    const before = { ...design.counts };
    const answer = await design.send(method, path, body);
    const { roundTrips, rowsRead, rowsWritten } = design.counts;
    measured.push({
      operation,
      roundTrips: roundTrips - before.roundTrips,
      rowsRead: rowsRead - before.rowsRead,
      rowsWritten: rowsWritten - before.rowsWritten,
    });
    return answer;
  };
  await design.send('GET', '/clients?limit=1');
  const middle = `00000001-0000-7000-8000-${Math.floor(size / 2)
    .toString(16)
    .padStart(12, '0')}`;
  await measure('GET one', 'GET', `/clients/${middle}`);
  const first = await measure('list, 50', 'GET', '/clients');
  await measure('list, next page', 'GET', `/clients?cursor=${first.next_cursor}`);
  await measure('list by last_name', 'GET', '/clients?sort=last_name');
  await measure('list -last_name', 'GET', '/clients?sort=-last_name');
  await measure('list status=archived', 'GET', '/clients?status=archived');
  const made = await measure('POST', 'POST', '/clients', CLIENT);
  await measure('PATCH', 'PATCH', `/clients/${made.id}`, { company_name: 'Bench and Sons Ltd' });
  return measured;
}
