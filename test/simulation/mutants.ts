/** A defect that the simulation has to find: one piece of the engine's text, put otherwise. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const RECORD = 'provisioner/src/registry/record-step.ts';
const CLAIM = 'provisioner/src/registry/claim-operation.ts';
const RUN = 'provisioner/src/operations/run-operation.ts';
const DATABASE = 'provisioner/src/steps/create-or-adopt-database.ts';
const PUT_BACK = 'provisioner/src/steps/verify-or-put-back.ts';
const VERIFY_EXPORT = 'provisioner/src/steps/verify-export.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a driver writes steps and stack without the generation',
    file: RECORD,
    find: `WHERE id = ? AND generation = ? AND status = 'running')\``,
    replace: `WHERE id = ? AND generation >= ? AND status = 'running')\``,
  },
  {
    name: 'a driver renews its lease without the generation',
    file: RECORD,
    find: `UPDATE operations SET available_at = ?, error = NULL, updated_at = ?
       WHERE id = ? AND generation = ?`,
    replace: `UPDATE operations SET available_at = ?, error = NULL, updated_at = ?
       WHERE id = ? AND generation >= ?`,
  },
  {
    name: 'a driver ends the operation without the generation',
    file: RECORD,
    find: `error = NULL, finished_at = ?, updated_at = ?
       WHERE id = ? AND generation = ?`,
    replace: `error = NULL, finished_at = ?, updated_at = ?
       WHERE id = ? AND generation >= ?`,
  },
  {
    name: 'a driver records a failure without the generation',
    file: RECORD,
    find: `error = ?, finished_at = ?, updated_at = ?
         WHERE id = ? AND generation = ?`,
    replace: `error = ?, finished_at = ?, updated_at = ?
         WHERE id = ? AND generation >= ?`,
  },
  {
    name: 'a claim leaves the generation as it was',
    file: CLAIM,
    find: 'generation = generation + 1',
    replace: 'generation = generation + 0',
  },
  {
    name: 'a claim does not ask whether somebody holds the operation',
    file: CLAIM,
    find: 'AND available_at <= ?4 RETURNING',
    replace: 'AND ?4 > 0 RETURNING',
  },
  {
    name: 'a claim takes no lease',
    file: CLAIM,
    find: '.bind(operationId, driver, now + LEASE_MS, now)',
    replace: '.bind(operationId, driver, now, now)',
  },
  {
    name: 'a database whose reply was lost is not adopted',
    file: DATABASE,
    find: 'if (existing) return existing;',
    replace: 'if (existing === undefined) return existing;',
  },
  {
    name: 'a name that exists but is not listed yet is a conflict for good',
    file: DATABASE,
    find: `if (asPlatformError(refusal).code === 'DATABASE_CONFLICT') {`,
    replace: `if (asPlatformError(refusal).code === 'INTERNAL') {`,
  },
  {
    name: 'what a step found is not kept',
    file: RECORD,
    find: 'if (result.stack) statements.push',
    replace: 'if (result.stack && event) statements.push',
  },
  {
    name: 'a step is recorded before it has run',
    file: RUN,
    find: `  let result: StepResult | StepWait;
  try {`,
    replace: `  let result: StepResult | StepWait;
  if (row.position > 0 && row.position < 5) await recordStepSuccess(ports.registry, operation,
    { position: row.position, result: {}, event: null, now: ports.now() });
  try {`,
  },
  {
    name: 'the next step runs although the one before it failed',
    file: RUN,
    find: 'if (subject) subject = await runStep(ports, operation, step, subject);',
    replace: 'subject = (await runStep(ports, operation, step, subject)) ?? subject;',
  },
  {
    name: 'a failure that passes ends the operation',
    file: RUN,
    find: 'const retry = error.retryable &&',
    replace: 'const retry = !error.retryable &&',
  },
  {
    name: 'the event of the end is not fenced',
    file: RECORD,
    find: 'if (event) statements.push(insertEvent(registry, event, { sql: FENCE, params: fence }));\n  statements.push(\n    event ?',
    replace: 'if (event) statements.push(insertEvent(registry, event));\n  statements.push(\n    event ?',
  },
  {
    name: 'a finished operation keeps its input',
    file: RECORD,
    find: `status = 'succeeded', input = '{}',`,
    replace: `status = 'succeeded',`,
  },
  {
    name: 'the reconciler leaves alone what a dead driver had begun',
    file: 'provisioner/src/registry/operations.ts',
    find: `SELECT id FROM operations WHERE status IN ('pending', 'running') AND`,
    replace: `SELECT id FROM operations WHERE status IN ('pending') AND`,
  },
  {
    name: 'a call is made without a token',
    file: 'provisioner/src/api-budget/budgeted-fetch.ts',
    find: 'await budget.take(caller);',
    replace: '',
  },
  {
    name: 'a call counts for four minutes',
    file: 'provisioner/src/api-budget/budget-plan.ts',
    find: '(CLOUDFLARE_WINDOW_MS + API_CALL_TIMEOUT_MS + CLOCK_DIFFERENCE_MS) / SLOT_MS + 1',
    replace: '(CLOUDFLARE_WINDOW_MS - 60_000) / SLOT_MS',
  },
  {
    name: 'a signup claims a stack whoever has it',
    file: 'provisioner/src/registry/claim-stack.ts',
    find: `WHERE account_id IS NULL AND status = 'ready' AND id = (
         SELECT id FROM stacks WHERE account_id IS NULL AND residency = ?3 AND status = 'ready'`,
    replace: `WHERE id = (
         SELECT id FROM stacks WHERE residency = ?3 AND status <> 'retired'`,
  },
  {
    name: 'a step that has to wait is taken for done',
    file: 'provisioner/src/steps/await-route-expiry.ts',
    find: 'if (now() >= expired) return {};',
    replace: 'if (now() >= 0) return {};',
  },
  {
    name: 'a purge leaves the databases',
    file: 'provisioner/src/steps/delete-databases.ts',
    find: 'if (id !== null) await cloudflare.deleteDatabase(id);',
    replace: 'if (id === "") await cloudflare.deleteDatabase(id);',
  },
  {
    name: 'a hostname whose reply was lost is not adopted',
    file: 'provisioner/src/steps/ensure-custom-hostname.ts',
    find: 'if (existing) return existing;',
    replace: 'if (!existing) throw refusal;',
  },
  {
    name: 'a purge leaves the hostnames',
    file: 'provisioner/src/steps/delete-custom-hostnames.ts',
    find: 'await deleteAtCloudflare(row, cloudflare);',
    replace: 'if (row.hostname === "") await deleteAtCloudflare(row, cloudflare);',
  },
  {
    name: 'a hostname that is removed stays at Cloudflare',
    file: 'provisioner/src/steps/delete-custom-hostname.ts',
    find: 'if (id !== null) return cloudflare.deleteCustomHostname(id);',
    replace: 'if (id !== null) return;',
  },
  {
    name: 'a restore goes to a point of its own at each try',
    file: 'provisioner/src/steps/restore-database.ts',
    find: 'point.bookmark ?? (await',
    replace: 'undefined ?? (await',
  },
  {
    name: 'an upload binds the database of the stack that came before',
    file: 'provisioner/src/steps/upload-worker.ts',
    find: 'databaseId: stack.database_id,',
    replace: `databaseId: 'dddddddd-0000-4000-8000-000000000001',`,
  },
  {
    name: 'a Worker that is unwell keeps its release',
    file: PUT_BACK,
    find: 'if (looks >= UNWELL_LOOKS) {',
    replace: 'if (looks < 0) {',
  },
  {
    name: 'a release is put back and not recorded',
    file: RECORD,
    find: '...(stack ? [updateStack(registry, operation, stack, now)] : []),',
    replace: '',
  },
  {
    name: 'an upgrade that was put back is taken for done',
    file: PUT_BACK,
    find: `await verify.run(subject, ports);
    throw new`,
    replace: `if (before) return verify.run(subject, ports);
    throw new`,
  },
  {
    name: 'an export is not proven',
    file: VERIFY_EXPORT,
    find: `if (databaseId === '') return makeScratchDatabase(subject, ports);`,
    replace: `if (databaseId === '') return { export: 'verified' };`,
  },
  {
    name: 'what an export restores to is not compared',
    file: VERIFY_EXPORT,
    find: `const known = String(facts.scratch_dump) || undefined;`,
    replace: `if (facts) return goOnWith({ scratch_compared: true }, ports);
  const known = String(facts.scratch_dump) || undefined;`,
  },
  {
    name: 'the database that proved an export stays',
    file: VERIFY_EXPORT,
    find: `    await ports.cloudflare.deleteDatabase(databaseId);
    return {`,
    replace: '    return {',
  },
  {
    name: 'a proof whose database is gone fails for good',
    file: VERIFY_EXPORT,
    find: `if (code === 'DATABASE_NOT_FOUND') return`,
    replace: `if (code === 'INTERNAL') return`,
  },
  {
    name: 'the row of an export is not fenced',
    file: RECORD,
    find: `    : insertExport(registry, operation, made, now, fence);`,
    replace: `    : insertExport(registry, operation, made, now, { sql: '1', params: [] });`,
  },
  {
    name: 'an import that runs is taken for done',
    file: 'provisioner/src/steps/restore-file.ts',
    find: `if (state.state === 'running') return { bookmark: state.bookmark };`,
    replace: `if (state.state === 'running') return 'restored';`,
  },
  {
    name: 'an import that another driver was faster with fails the restore',
    file: 'provisioner/src/steps/restore-file.ts',
    find: `  if (await hasTables(databaseId, ports)) return 'restored';`,
    replace: '',
  },
  {
    name: 'the bookmark of an import is not kept, nor what else a step that waits found',
    file: RECORD,
    find: 'const statements = facts ? [addFacts(registry, operation, facts)] : [];',
    replace: 'const statements: D1PreparedStatement[] = [];',
  },
  {
    name: 'what a step found for those after it is not kept',
    file: RECORD,
    find: 'if (result.facts) statements.push',
    replace: 'if (result.facts && event) statements.push',
  },
  {
    name: 'a restored database is taken over as its own',
    file: 'provisioner/src/steps/take-over.ts',
    find: 'const order = { stack_id, account_id: accountId };',
    replace: 'const order = { stack_id: stack_id && stack.id, account_id: accountId };',
  },
  {
    name: 'the stack before goes on serving',
    file: RECORD,
    find: `if (result.stack?.status === 'serving') statements.push`,
    replace: `if (result.stack?.status === 'ready') statements.push`,
  },
  {
    name: 'a deletion is settled with an export that nobody proved',
    file: 'provisioner/src/operations/operation-kinds.ts',
    find: 'ifServed(ensureExport), ifServed(verifyExport), schedulePurge',
    replace: 'ifServed(ensureExport), schedulePurge',
  },
  {
    name: 'an undeleted account is active, whatever it was',
    file: 'provisioner/src/registry/change-account.ts',
    find: `'$.status', body ->> '$.deletion.was'`,
    replace: `'$.status', 'active'`,
  },
  {
    name: 'a purge destroys the serving stack only',
    file: 'provisioner/src/steps/delete-databases.ts',
    find: 'for (const stack of stacks) {',
    replace: 'for (const stack of stacks.slice(-1)) {',
  },
];
