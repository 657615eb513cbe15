/** Numbers from 0 to 1 (excluded), always the same ones for a seed: Marsaglia's xorshift of 32 bits over a mixed seed. */
export function seededRandom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 8; i += 1) next();
  return next;
}
