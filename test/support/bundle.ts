import { basename } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { V4ModuleDefinition } from 'miniflare';

const OPTIONS = {
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
} as const satisfies BuildOptions;

/** A Worker of this repository as it is deployed: its main module, and its WebAssembly beside it. */
export async function bundleWorker(
  entry: string,
  plugins: readonly Plugin[] = [],
): Promise<V4ModuleDefinition[]> {
  const loader = { '.sql': 'text', '.wasm': 'copy' } as const;
  const { outputFiles } = await build({
    ...OPTIONS,
    entryPoints: [entry],
    outdir: '/',
    loader,
    plugins: [...plugins],
  });
  const modules = outputFiles.map(({ path, text, contents }) =>
    path.endsWith('.wasm')
      ? ({ type: 'CompiledWasm', path: basename(path), contents } as const)
      : ({ type: 'ESModule', path: basename(path), contents: text } as const),
  );
  // The first module is the main one.
  return modules.sort((a, b) => Number(a.type === 'CompiledWasm') - Number(b.type === 'CompiledWasm'));
}

/**
 * One module of this repository with all that it imports, `.sql` files as texts, to be run by Node. Its passwords cannot
 * be hashed: their WebAssembly is bytes there, not a module.
 */
export async function bundleForNode(entry: string): Promise<string> {
  const loader = { '.sql': 'text', '.wasm': 'binary' } as const;
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [entry], loader });
  const [file] = outputFiles;
  if (!file) throw new Error(`esbuild gave nothing for ${entry}.`);
  return file.text;
}
