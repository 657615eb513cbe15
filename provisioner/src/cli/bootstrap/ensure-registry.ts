import { createOrAdoptDatabase } from '#provisioner/steps/create-or-adopt-database.ts';
import { CliError } from '../cli-error.ts';
import type { BootstrapStep } from './bootstrap-step.ts';

/** Where the registry lies: the jurisdiction of every residency there is. */
const JURISDICTION = 'eu';

/** The registry's database. Error: `WRONG_JURISDICTION` where one of its name lies elsewhere, for it cannot be moved. */
export const ensureRegistry: BootstrapStep = {
  name: 'registry',
  permission: 'Account › D1 › Edit',
  look: async ({ config, databases, facts }) => {
    const [{ database_name: name }] = config.d1_databases;
    const found = await databases.findDatabase(name);
    if (found !== null && found.jurisdiction !== JURISDICTION) {
      throw new CliError({
        code: 'WRONG_JURISDICTION',
        message: `The database ${name} lies in the jurisdiction ${found.jurisdiction ?? 'of none'}, not in ${JURISDICTION}.`,
        next: 'A jurisdiction cannot be changed. Delete that database if it is yours to delete, or name another in platform-worker/wrangler.jsonc.',
        context: { database_id: found.id, jurisdiction: found.jurisdiction },
      });
    }
    if (found !== null) facts.registryId = found.id;
    return {
      missing: found === null ? [`the database ${name} in the jurisdiction ${JURISDICTION}`] : [],
      make: async () => {
        facts.registryId = (await createOrAdoptDatabase(name, JURISDICTION, databases)).id;
      },
    };
  },
};
