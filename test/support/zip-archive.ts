import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** PKWARE APPNOTE 6.3.10 §4.3, as far as archives of stored entries without zip64 go. */
const END = { signature: 0x06054b50, bytes: 22 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const DESCRIPTOR = { signature: 0x08074b50, bytes: 16 };
const UTF8_NAMES = 0x0800;

interface Header {
  readonly name: string;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  /** Of entries of up to 1 MB. */
  readonly text: string | null;
}

/**
 * Reads a ZIP and holds it to the format, piece by piece: every header, size and checksum, and nothing in between.
 * Throws where anything is amiss, also where the archive broke off.
 */
export async function readZip(path: string): Promise<ZipEntry[]> {
  await using file = await open(path);
  const { headers, end } = await readHeaders(file, (await file.stat()).size);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (const header of headers) {
    if (header.offset !== at) throw new Error(`${header.name} is not where it should be.`);
    const local = await read(file, at, LOCAL);
    const name = await readText(file, at + LOCAL.bytes, local.readUInt16LE(26));
    if (name !== header.name) throw new Error(`${header.name} calls itself ${name}.`);
    at += LOCAL.bytes + local.readUInt16LE(26) + local.readUInt16LE(28);
    entries.push(await readEntry(file, at, header));
    at += header.size;
    const descriptor = await read(file, at, DESCRIPTOR);
    if (descriptor.readUInt32LE(4) !== header.crc || descriptor.readUInt32LE(12) !== header.size) {
      throw new Error(`${header.name} ends otherwise than the directory says.`);
    }
    at += DESCRIPTOR.bytes;
  }
  if (at !== end) throw new Error('There is something between the entries and the directory.');
  return entries;
}

async function readHeaders(file: FileHandle, bytes: number) {
  const tail = await read(file, bytes - END.bytes, END);
  const end = tail.readUInt32LE(16);
  const headers: Header[] = [];
  let at = end;
  for (let left = tail.readUInt16LE(10); left > 0; left--) {
    const central = await read(file, at, CENTRAL);
    const name = await readText(file, at + CENTRAL.bytes, central.readUInt16LE(28));
    if (central.readUInt16LE(10) !== 0) throw new Error(`${name} is compressed.`);
    if ((central.readUInt16LE(8) & UTF8_NAMES) === 0) throw new Error(`${name} is not said to be UTF-8.`);
    const [crc, size, offset] = [16, 24, 42].map((place) => central.readUInt32LE(place));
    if (crc === undefined || size === undefined || offset === undefined) throw new Error('Three were read.');
    headers.push({ name, crc, size, offset });
    at += CENTRAL.bytes + central.readUInt16LE(28) + central.readUInt16LE(30) + central.readUInt16LE(32);
  }
  if (at !== bytes - END.bytes) throw new Error('The directory is not as long as it says.');
  return { headers, end };
}

async function readEntry(file: FileHandle, at: number, { name, size, crc }: Header): Promise<ZipEntry> {
  const hash = createHash('sha256');
  const kept: Buffer[] = [];
  let found = 0;
  for (let done = 0; done < size; ) {
    const chunk = await readBytes(file, at + done, Math.min(size - done, 1024 * 1024));
    done += chunk.length;
    found = crc32(chunk, found);
    hash.update(chunk);
    if (size <= 1_000_000) kept.push(chunk);
  }
  if (found !== crc) throw new Error(`${name} has another checksum than the directory says.`);
  const text = size <= 1_000_000 ? Buffer.concat(kept).toString() : null;
  return { name, size, sha256: hash.digest('hex'), text };
}

async function read(file: FileHandle, at: number, what: { signature: number; bytes: number }) {
  const bytes = await readBytes(file, at, what.bytes);
  if (bytes.readUInt32LE(0) !== what.signature)
    throw new Error(`No ${what.signature.toString(16)} at ${at}.`);
  return bytes;
}

async function readText(file: FileHandle, at: number, length: number): Promise<string> {
  const bytes = await readBytes(file, at, length);
  if (!isUtf8(bytes)) throw new Error(`A name at ${at} is not UTF-8.`);
  return bytes.toString();
}

async function readBytes(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = at < 0 ? { bytesRead: -1 } : await file.read(bytes, 0, length, at);
  if (bytesRead !== length) throw new Error(`The archive has no ${length} bytes at ${at}.`);
  return bytes;
}
