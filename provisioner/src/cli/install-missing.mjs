// Runs on the Node that the machine has (20 or later), before anything is installed: plain JavaScript, no imports but Node's.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

// Not `npm ci`: it insists that the lock file holds the packages of every platform, and installs none without.
const INSTALL = ['install', '--no-save', '--loglevel=error', '--no-audit', '--no-fund'];

/** Installs the dependencies where they are missing or are not those of package-lock.json. */
export function installMissing() {
  if (isInstalled()) return;
  console.error('Installing what is missing …');
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
  const { status } = spawnSync(command, [...before, ...INSTALL], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0)
    throw new Error('npm install failed. Its own message stands above; mend that and start again.');
}

function isInstalled() {
  const installed = readPackages('node_modules/.package-lock.json');
  if (!installed) return false;
  return Object.entries(readPackages('package-lock.json') ?? {}).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(`${root}${file}`, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installMissing();
