import { resolve } from 'node:path';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { DEFAULT_DATA_DIR } from '../connection.ts';
import { examples } from './examples.ts';

const DEFAULT_PORT = '8787';

export function startCommand(): Command {
  return new Command('start')
    .description('start Freehold on this machine, with the local cloud')
    .addHelpText(
      'after',
      `
PORT (default ${DEFAULT_PORT}) says where the platform listens; the Cloudflare API
listens on the port after it. FREEHOLD_DATA_DIR (default ${DEFAULT_DATA_DIR}) says where
all state lies. FREEHOLD_TRUSTED_ISSUERS (default []) is the JSON list of the
OIDC issuers whose ID tokens open sessions.`,
    )
    .addHelpText('after', examples('freehold start', 'PORT=9000 freehold start'))
    .action(async () => {
      // Imported here, for it brings wrangler and miniflare, which no other command needs.
      const { startLocalPlatform } = await import('../local/start-local-platform.ts');
      const dataDir = process.env.FREEHOLD_DATA_DIR || DEFAULT_DATA_DIR;
      const { instance } = await startLocalPlatform({
        dataDir,
        port: parsePort(process.env.PORT || DEFAULT_PORT),
        vars: { TRUSTED_ISSUERS: process.env.FREEHOLD_TRUSTED_ISSUERS || '[]' },
        onProgress: (message) => process.stderr.write(`${message}\n`),
      });
      console.log(whereToGo(instance.url, instance.cloudflare_api_url, dataDir));
    });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_534) return port;
  throw new CliError({
    code: 'PORT_INVALID',
    message: `PORT is ${text}.`,
    next: 'Set PORT to a number from 1 to 65534.',
  });
}

/** The command line finds a folder of the default name by itself. */
function elsewhere(dataDir: string): string {
  return dataDir === DEFAULT_DATA_DIR
    ? ''
    : `\nIn other terminals first: export FREEHOLD_DATA_DIR=${resolve(dataDir)}\n`;
}

function whereToGo(url: string, apiUrl: string, dataDir: string): string {
  return `
Freehold is serving.

  platform        ${url}
  Cloudflare API  ${apiUrl}
  state           ${dataDir}/ (tokens and addresses: ${dataDir}/local.json)
${elsewhere(dataDir)}
Make an account:

  echo 'a long password' | npx freehold accounts create --name "Acme" --slug acme --owner-name "Ann" --owner-email ann@acme.example

Log in:

  curl ${url}/a/acme/sessions --json '{"email":"ann@acme.example","password":"a long password"}'

Ctrl+C stops it; the state stays.
`;
}
