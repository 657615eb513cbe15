import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { freehold } from './support/freehold.ts';

let script: string;

beforeAll(async () => {
  script = (await freehold(['completion', 'bash'], {})).stdout;
});

/** What bash offers where the words stand and the last is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const typed = ['freehold', ...words].map((word) => `'${word}'`).join(' ');
  const asking = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _freehold; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['-c', `${script}\n${asking}`]);
  return stdout.split(' ').filter((word) => word !== '');
}

test('nouns, verbs and options are completed, behind arguments too', async () => {
  expect(await offered('acc')).toEqual(['accounts']);
  expect(await offered('')).toEqual(expect.arrayContaining(['accounts', 'rollouts', 'audit', 'completion']));
  expect(await offered('rollouts', 'r')).toEqual(['resume', 'rollback']);
  expect(await offered('accounts', 'delete', '--g')).toEqual(['--grace-days']);
  expect(await offered('accounts', 'delete', 'hart', '--y')).toEqual(['--yes']);
  expect(await offered('accounts', 'list', '--w')).toEqual(['--watch']);
  expect(await offered('rollouts', 'status', '--')).toEqual(['--watch', '--json', '--help']);
  expect(await offered('accounts', 'delete', 'nonsense', 'x')).toEqual([]);
});

test('a script for each shell, and no other', async () => {
  expect((await freehold(['completion', 'zsh'], {})).stdout).toContain('bashcompinit');
  expect((await freehold(['completion', 'fish'], {})).stdout).toContain('complete -c freehold');
  const { exitCode, stderr } = await freehold(['completion', 'csh'], {});
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/USAGE: .*Allowed choices are bash, zsh, fish/);
});
