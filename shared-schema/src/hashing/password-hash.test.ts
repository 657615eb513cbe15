import { describe, expect, test } from 'vitest';
import { deriveArgon2id } from './argon2.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';

const CHEAP = { m: 8, t: 1, p: 1 };

describe('a password hash', () => {
  test('is that of its password only', async () => {
    const hash = await hashPassword('correct horse battery', CHEAP);
    expect(await verifyPassword('correct horse battery', hash)).toBe(true);
    expect(await verifyPassword('correct horse batterx', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('says how it was made, and differs each time', async () => {
    const [one, two] = [await hashPassword('the same', CHEAP), await hashPassword('the same', CHEAP)];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
    expect(one).not.toBe(two);
  });

  test('takes the two ways to write one letter as one', async () => {
    const hash = await hashPassword('caf\u00e9 au lait', CHEAP);
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
  });

  test('costs what was decided, and nobody knows the password of nobody', async () => {
    expect(await hashPassword('a long enough password')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await verifyPassword('', null)).toBe(false);
    expect(await verifyPassword('', '')).toBe(false);
  });

  test('is the Argon2id of other programs', async () => {
    const text = (value: string) => new TextEncoder().encode(value);
    // The reference implementation's own test vector (phc-winner-argon2, src/test.c): 2 passes, 64 MiB, 1 lane.
    const hash = await deriveArgon2id(text('password'), text('somesalt'), { m: 65_536, t: 2, p: 1 }, 32);
    expect(Buffer.from(hash).toString('hex')).toBe(
      '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7',
    );
  });
});
