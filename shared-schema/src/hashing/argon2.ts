import setupWasm, { type computeHash } from 'argon2id/lib/setup.js';
import argon2Module from '#argon2-module';

/** What a hash costs: `m` memory in KiB, `t` passes over it, `p` lanes. */
export interface Argon2Cost {
  readonly m: number;
  readonly t: number;
  readonly p: number;
}

/** Set up at the first password and kept: its memory, 65 MiB of addresses of which the cost's part is used, never grows. */
let argon2id: computeHash | undefined;

/** The Argon2id hash (RFC 9106) of the password's bytes, `tagLength` bytes long. */
export async function deriveArgon2id(
  password: Uint8Array,
  salt: Uint8Array,
  cost: Argon2Cost,
  tagLength: number,
): Promise<Uint8Array> {
  argon2id ??= await setupWasm(instantiate, instantiate);
  return argon2id({ password, salt, memorySize: cost.m, passes: cost.t, parallelism: cost.p, tagLength });
}

async function instantiate(imports: WebAssembly.Imports) {
  return { module: argon2Module, instance: await WebAssembly.instantiate(argon2Module, imports) };
}
