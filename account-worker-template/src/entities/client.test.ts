import { describe, expect, test } from 'vitest';
import { validateFields } from '../records/validate-fields.ts';
import { clientEntity } from './client.ts';

const PERSON = { kind: 'individual', last_name: 'Doe' };

function problems(input: object): unknown {
  try {
    validateFields(clientEntity, { ...PERSON, ...input });
  } catch (error) {
    return Reflect.get(Object(error), 'context').fields;
  }
  return [];
}

describe('a client', () => {
  test('is kept in one form', () => {
    const client = validateFields(clientEntity, {
      ...PERSON,
      email: ' Jo@X.test ',
      tags: [' VIP ', 'vip', 'New'],
      date_of_birth: '1980-02-29',
      addresses: [{ line_1: ' 1 High St ', country: 'gb' }],
    });
    expect(client).toMatchObject({
      email: 'jo@x.test',
      tags: ['vip', 'new'],
      date_of_birth: '1980-02-29',
      addresses: [
        { line_1: '1 High St', line_2: null, city: null, county: null, postcode: null, country: 'GB' },
      ],
    });
    expect(validateFields(clientEntity, client)).toEqual(client);
  });

  test('has a name of its kind', () => {
    expect(problems({ last_name: null })).toEqual([
      { field: 'last_name', message: 'An individual has a first_name or a last_name.' },
    ]);
    expect(problems({ last_name: null, first_name: 'Jo' })).toEqual([]);
    expect(problems({ kind: 'company' })).toEqual([
      { field: 'company_name', message: 'A company has a company_name.' },
    ]);
  });

  test.each([
    ['date_of_birth', { date_of_birth: '1981-02-29' }, 'A date is YYYY-MM-DD.'],
    ['date_of_birth', { date_of_birth: '29.02.1980' }, 'A date is YYYY-MM-DD.'],
    ['tags', { tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, 'A client has at most 20 tags.'],
    ['tags.0', { tags: [''] }, 'A tag has at least one character.'],
    ['addresses.0.line_1', { addresses: [{ line_1: '' }] }, 'An address has a first line.'],
    ['addresses.0.planet', { addresses: [{ line_1: 'x', planet: 'x' }] }, 'This field is not known here.'],
    [
      'addresses.0.country',
      { addresses: [{ line_1: 'x', country: 'UKX' }] },
      'A country is two letters, as ISO 3166-1 has them: GB.',
    ],
    ['owner_user_id', { owner_user_id: '1' }, 'This is not an id: ids are UUIDs.'],
    ['kind', { kind: 'robot' }, expect.any(String)],
    ['status', { status: 'gone' }, expect.any(String)],
  ])('is refused with a bad %s', (field, input, message) => {
    expect(problems(input)).toEqual([{ field, message }]);
  });
});
