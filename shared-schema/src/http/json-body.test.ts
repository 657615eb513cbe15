import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readJsonBody } from './json-body.ts';

const schema = z.strictObject({ name: z.string('A name is a text.'), inner: z.strictObject({}).optional() });

function post(body: BodyInit, headers: Record<string, string> = { 'content-type': 'application/json' }) {
  return new Request('http://x/', { method: 'POST', body, headers });
}

function refusal(code: string, context: object = {}) {
  return expect.objectContaining({ code, context });
}

describe('a JSON body', () => {
  test('is read and checked', async () => {
    await expect(readJsonBody(post('{"name":"é"}'), schema)).resolves.toEqual({ name: 'é' });
  });

  test('may say its charset', async () => {
    const request = post('{"name":"a"}', { 'content-type': 'Application/JSON; charset=utf-8' });
    await expect(readJsonBody(request, schema)).resolves.toEqual({ name: 'a' });
  });

  test.each(['text/plain', 'application/json5', 'multipart/form-data'])('is refused as %s', async (type) => {
    await expect(readJsonBody(post('{}', { 'content-type': type }), schema)).rejects.toEqual(
      refusal('UNSUPPORTED_MEDIA_TYPE', { content_type: type }),
    );
  });

  test.each(['', '{', 'undefined', '{"name":}'])('is refused as no JSON: %j', async (text) => {
    await expect(readJsonBody(post(text), schema)).rejects.toEqual(refusal('MALFORMED_JSON'));
  });

  test('names every field that is wrong or unknown', async () => {
    await expect(readJsonBody(post('{"name":1,"x":2,"inner":{"y":3}}'), schema)).rejects.toEqual(
      refusal('VALIDATION_FAILED', {
        fields: expect.arrayContaining([
          { field: 'name', message: 'A name is a text.' },
          { field: 'x', message: 'This field is not known here.' },
          { field: 'inner.y', message: 'This field is not known here.' },
        ]),
      }),
    );
  });

  test('is the field "body" where it is no object', async () => {
    await expect(readJsonBody(post('[]'), schema)).rejects.toEqual(
      refusal('VALIDATION_FAILED', { fields: [expect.objectContaining({ field: 'body' })] }),
    );
  });

  test('is taken up to its limit and refused past it', async () => {
    const text = JSON.stringify({ name: 'é'.repeat(5) });
    const bytes = Buffer.byteLength(text);
    await expect(readJsonBody(post(text), schema, bytes)).resolves.toBeDefined();
    await expect(readJsonBody(post(text), schema, bytes - 1)).rejects.toEqual(
      refusal('BODY_TOO_LARGE', { limit_bytes: bytes - 1 }),
    );
  });

  test('is read no further than its limit where its length is not told', async () => {
    let pulls = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulls += 1;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const options = { method: 'POST', body: endless, headers, duplex: 'half' };
    const request = new Request('http://x/', options as RequestInit); // `duplex` is not in the types
    await expect(readJsonBody(request, schema, 5000)).rejects.toEqual(
      refusal('BODY_TOO_LARGE', { limit_bytes: 5000 }),
    );
    expect(pulls).toBeLessThan(10);
  });
});
