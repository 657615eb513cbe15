#!/usr/bin/env node
// `npx freehold` starts here, on the Node that the machine has, and goes on under the Node that the project brings.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { installMissing } from './install-missing.mjs';

installMissing();
const node = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const program = fileURLToPath(new URL('./freehold.ts', import.meta.url));
const child = spawn(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
