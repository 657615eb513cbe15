/** The length of a WAL file's header, in bytes (sqlite.org/walformat.html, as all layouts here; November 2026). */
export const WAL_HEADER_BYTES = 32;

const FRAME_HEADER_BYTES = 24;
const MAGIC_LITTLE_ENDIAN = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;

/** Two running sums over all frames so far: a frame is valid only behind those it was written after. */
export type WalChecksum = readonly [number, number];

/** What the header of a WAL file says. */
export interface WalHeader {
  /** Differs each time the file is written from its start again. */
  salts: string;
  pageBytes: number;
  bigEndian: boolean;
  checksum: WalChecksum;
}

/** Frames that are whole and valid, counted from where the scan began. */
export interface ScannedFrames {
  valid: number;
  /** Up to and with the last frame that ends a transaction. */
  committed: number;
  checksum: WalChecksum;
}

/** The header of a WAL file, or undefined where there is none yet. */
export function parseWalHeader(bytes: Buffer): WalHeader | undefined {
  if (bytes.length < WAL_HEADER_BYTES) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic !== MAGIC_LITTLE_ENDIAN && magic !== MAGIC_BIG_ENDIAN) return undefined;
  return {
    salts: bytes.toString('hex', 16, 24),
    pageBytes: bytes.readUInt32BE(8),
    bigEndian: magic === MAGIC_BIG_ENDIAN,
    checksum: [bytes.readUInt32BE(24), bytes.readUInt32BE(28)],
  };
}

/** How long the first `frames` frames and the header are, in bytes. */
export function walBytes(pageBytes: number, frames: number): number {
  return WAL_HEADER_BYTES + frames * frameBytes(pageBytes);
}

/** The length of one frame, in bytes. */
export function frameBytes(pageBytes: number): number {
  return FRAME_HEADER_BYTES + pageBytes;
}

/** The checksum that the frame at `offset` carries. */
export function frameChecksum(bytes: Buffer, offset: number): WalChecksum {
  return [bytes.readUInt32BE(offset + 16), bytes.readUInt32BE(offset + 20)];
}

/** Whether the frame at `offset` ends a transaction. */
export function endsTransaction(bytes: Buffer, offset: number): boolean {
  return bytes.readUInt32BE(offset + 4) !== 0;
}

/**
 * Reads frames as far as they are valid. A frame that another process is writing, or one left from before the file was
 * written from its start, ends the scan.
 */
export function scanFrames(frames: Buffer, header: WalHeader, seed: WalChecksum): ScannedFrames {
  const length = frameBytes(header.pageBytes);
  let checksum = seed;
  let valid = 0;
  let committed = 0;
  for (let offset = 0; offset + length <= frames.length; offset += length) {
    if (frames.toString('hex', offset + 8, offset + 16) !== header.salts) break;
    const ofHeader = addChecksum(frames.subarray(offset, offset + 8), header.bigEndian, checksum);
    const page = frames.subarray(offset + FRAME_HEADER_BYTES, offset + length);
    const computed = addChecksum(page, header.bigEndian, ofHeader);
    const carried = frameChecksum(frames, offset);
    if (computed[0] !== carried[0] || computed[1] !== carried[1]) break;
    checksum = computed;
    valid += 1;
    if (endsTransaction(frames, offset)) committed = valid;
  }
  return { valid, committed, checksum };
}

function addChecksum(bytes: Buffer, bigEndian: boolean, [seed1, seed2]: WalChecksum): WalChecksum {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum1 = seed1;
  let sum2 = seed2;
  for (let offset = 0; offset < bytes.length; offset += 8) {
    sum1 = (sum1 + view.getUint32(offset, !bigEndian) + sum2) >>> 0;
    sum2 = (sum2 + view.getUint32(offset + 4, !bigEndian) + sum1) >>> 0;
  }
  return [sum1, sum2];
}
