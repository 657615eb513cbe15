import { Command } from 'commander';
import type { BootstrapFlags } from '../bootstrap/bootstrap-options.ts';
import type { BootstrapOutput } from '../bootstrap/run-bootstrap.ts';
import { examples } from './examples.ts';

interface BootstrapCommandOptions extends BootstrapFlags {
  readonly json?: boolean;
}

const SIGNS = { there: '✓', made: '+', missing: '…', left: '…' } as const;

export function bootstrapCommand(): Command {
  return new Command('bootstrap')
    .description('set up production in a Cloudflare account, or go on with it')
    .requiredOption(
      '--domain <domain>',
      'accounts answer at <slug>.<domain>; the domain lies in a zone of the account',
    )
    .option('--url <url>', 'where the platform is reached (default: https://<domain>)')
    .option('--custom-hostnames', 'let accounts have host names of their own, from now on')
    .option('--dry-run', 'say what would be made, and change nothing')
    .option('--new-admin-token', 'put a new admin token in the place of one that was lost')
    .option('--json', 'print a line of JSON for each step')
    .addHelpText(
      'after',
      `
Reads CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN (yours) and
FREEHOLD_PLATFORM_API_TOKEN (the platform's own), and where the platform has an
admin token already, FREEHOLD_ADMIN_TOKEN. docs/deploy.md says how to make them.

It may be run again at any time: it makes what is missing and leaves alone what
is there.`,
    )
    .addHelpText(
      'after',
      examples(
        'freehold bootstrap --domain example.com --dry-run',
        'freehold bootstrap --domain example.com',
        'freehold bootstrap --domain example.com --custom-hostnames',
      ),
    )
    .action(async (options: BootstrapCommandOptions) => {
      // Imported here, for it brings wrangler, which few other commands need.
      const { readBootstrapOptions } = await import('../bootstrap/bootstrap-options.ts');
      const { runBootstrap } = await import('../bootstrap/run-bootstrap.ts');
      const bootstrap = readBootstrapOptions(options, process.env);
      await runBootstrap(bootstrap, options.json ? jsonOutput : textOutput);
      if (!options.json && !bootstrap.dryRun) console.log(`\nThe platform serves at ${bootstrap.url}`);
    });
}

const jsonOutput: BootstrapOutput = {
  step: (report) => console.log(JSON.stringify(report)),
  adminToken: (admin_token) => console.log(JSON.stringify({ admin_token })),
};

const textOutput: BootstrapOutput = {
  step: ({ step, outcome, what }) =>
    console.log(
      [`${SIGNS[outcome]} ${step.padEnd(20)}${outcome}`, ...what.map((one) => `    ${one}`)].join('\n'),
    ),
  adminToken: (token) =>
    console.log(
      `\nThe admin token, shown this once; it holds when the step "secrets" is made:\n\n  FREEHOLD_ADMIN_TOKEN=${token}\n`,
    ),
};
