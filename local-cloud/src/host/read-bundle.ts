import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join, matchesGlob, relative } from 'node:path';
import type { V4ModuleDefinition, V4ModuleRule } from 'miniflare';

/** Wrangler's own rules (workers-sdk, `deployment-bundle/rules.ts`, November 2026), after which a config's rules come first. */
const DEFAULT_RULES: V4ModuleRule[] = [
  { type: 'Text', include: ['**/*.txt', '**/*.html', '**/*.sql'] },
  { type: 'Data', include: ['**/*.bin'] },
  { type: 'CompiledWasm', include: ['**/*.wasm', '**/*.wasm?module'] },
  { type: 'ESModule', include: ['**/*.js', '**/*.mjs'] },
];

/** A Worker as wrangler bundled it. */
export interface Bundle {
  /** File name of the main module, relative to the bundle's folder. */
  main: string;
  modules: V4ModuleDefinition[];
}

/** Reads the output folder of `wrangler deploy --dry-run --outdir`. Files that no rule names are left out. */
export async function readBundle(dir: string, configMain: string, rules: V4ModuleRule[]): Promise<Bundle> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const modules: V4ModuleDefinition[] = [];
  for (const path of files.sort()) {
    const rule = [...rules, ...DEFAULT_RULES].find(({ include }) =>
      include.some((glob) => matchesGlob(relative(dir, path), glob)),
    );
    if (rule === undefined) continue;
    const isText = rule.type !== 'Data' && rule.type !== 'CompiledWasm';
    modules.push({
      type: rule.type,
      path,
      contents: isText ? await readFile(path, 'utf8') : await readFile(path),
    });
  }
  const main = `${basename(configMain, extname(configMain))}.js`;
  if (!modules.some((module) => module.path === join(dir, main))) {
    throw new Error(
      `The bundle ${dir} has no main module ${main}: build it with wrangler deploy --dry-run --outdir.`,
    );
  }
  return { main, modules };
}
