import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Node compiles at run time, which the types of workerd rightly do not know. */
const { compile } = WebAssembly as unknown as {
  readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module>;
};
const file = fileURLToPath(import.meta.resolve('argon2id/dist/simd.wasm'));

/** What the Workers' build makes of the same file. */
export default await compile(await readFile(file));
