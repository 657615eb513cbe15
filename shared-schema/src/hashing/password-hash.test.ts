import { describe, expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password-hash.ts';

const CHEAP = { N: 2, r: 8, p: 1 };

describe('a password hash', () => {
  test('is that of its password only', async () => {
    const hash = await hashPassword('correct horse battery', CHEAP);
    expect(await verifyPassword('correct horse battery', hash)).toBe(true);
    expect(await verifyPassword('correct horse batterx', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('says how it was made, and differs each time', async () => {
    const [one, two] = [await hashPassword('the same', CHEAP), await hashPassword('the same', CHEAP)];
    expect(one).toMatch(/^scrypt\$2\$8\$1\$[\w+/=]{24}\$[\w+/=]{44}$/);
    expect(one).not.toBe(two);
  });

  test('takes the two ways to write one letter as one', async () => {
    const hash = await hashPassword('caf\u00e9 au lait', CHEAP);
    expect(await verifyPassword('cafe\u0301 au lait', hash)).toBe(true);
  });

  test('costs what was decided, and nobody knows the password of nobody', async () => {
    expect(await hashPassword('a long enough password')).toMatch(/^scrypt\$16384\$8\$5\$/);
    expect(await verifyPassword('', null)).toBe(false);
  });
});
