/** Argon2id as WebAssembly, compiled by the build: workerd compiles none at run time. Node reads the file itself (`imports` of package.json). */
export { default } from 'argon2id/dist/simd.wasm';
