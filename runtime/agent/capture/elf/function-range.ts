import { ElfError, type ElfFile, type Segment, viewOf } from './elf-file.ts';

/** Code from `start` to before `end`, addresses. */
export interface CodeRange {
  readonly start: number;
  readonly end: number;
  /** Begins with a frame that is already set up: a part that the compiler moved away from its function. */
  readonly continuation: boolean;
}

/** Pointer encodings of unwind tables (LSB 5.0 core, 10.5.1). */
const encodings = { relativeToField32: 0x1b, unsigned32: 0x03, relativeToTable32: 0x3b } as const;
/** Unwind instructions (DWARF 5, 6.4.2). */
const defineFrame = 0x0c;
const defineFrameOffset = 0x0e;
/** Bytes of one unwind entry that are read; real ones are far smaller. */
const entryBytes = 256;

/**
 * The function (or the part of one) whose code holds `address`, from the unwind tables, which stripped files have too.
 * Undefined when they do not say. Reads the encodings that GNU and LLVM linkers write, no others.
 * @throws ElfError when a table is malformed.
 */
export function functionRange(elf: ElfFile, address: number): CodeRange | undefined {
  const index = elf.unwindIndex;
  if (index === undefined || index.fileSize < 12) return undefined;
  const header = bytesAt(elf, index.address, 12);
  if (header.getUint8(0) !== 1 || header.getUint8(1) !== encodings.relativeToField32) return undefined;
  if (header.getUint8(2) !== encodings.unsigned32 || header.getUint8(3) !== encodings.relativeToTable32)
    return undefined;
  // Entries by address: where a function begins, where its description is; both relative to the index.
  let low = 0;
  let high = Math.min(header.getUint32(8, true), Math.floor((index.fileSize - 12) / 8));
  const entryAt = (n: number) => bytesAt(elf, index.address + 12 + n * 8, 8);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (index.address + entryAt(middle).getInt32(0, true) <= address) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return undefined;
  const range = describe(elf, index.address + entryAt(low - 1).getInt32(4, true));
  return range && address >= range.start && address < range.end ? range : undefined;
}

/** Reads a frame description entry and what it needs of its common entry (LSB 5.0 core, 10.6.1). */
function describe(elf: ElfFile, at: number): CodeRange | undefined {
  const entry = bytesAt(elf, at, entryBytes);
  const length = entry.getUint32(0, true);
  if (length === 0 || length === 0xffffffff) return undefined;
  const encoding = addressEncoding(elf, at + 4 - entry.getUint32(4, true));
  if (encoding !== encodings.relativeToField32) return undefined;
  const start = at + 8 + entry.getInt32(8, true);
  const end = start + entry.getUint32(12, true);
  const augmentation = entry.getUint8(16);
  const instructions = 17 + augmentation;
  if (augmentation >= 0x80 || instructions + 2 > Math.min(length + 4, entryBytes)) {
    return { start, end, continuation: false };
  }
  const first = entry.getUint8(instructions);
  const offset = entry.getUint8(instructions + 1);
  // At the start of a function there is nothing on the stack but the return address (x86-64), or nothing (arm64).
  const continuation = first === defineFrame || (first === defineFrameOffset && offset > 8);
  return { start, end, continuation };
}

/** How the entries that belong to this common entry write addresses; undefined when it is of an unknown kind. */
function addressEncoding(elf: ElfFile, at: number): number | undefined {
  const entry = bytesAt(elf, at, entryBytes);
  if (entry.getUint32(4, true) !== 0 || entry.getUint8(8) !== 1) return undefined;
  let next = 9;
  let augmentation = '';
  while (next < 17 && entry.getUint8(next) !== 0) augmentation += String.fromCharCode(entry.getUint8(next++));
  if (!augmentation.startsWith('z')) return undefined;
  // Behind the text: code alignment, data alignment, return register, length of the augmentation, its data.
  next++;
  for (let fields = 0; fields < 2; fields++) while (next < 64 && entry.getUint8(next++) >= 0x80);
  next += 2;
  for (const letter of augmentation.slice(1)) {
    if (letter === 'R') return entry.getUint8(next);
    if (letter === 'L') next++;
    else if (letter === 'P') next += [3, 11].includes(entry.getUint8(next) & 15) ? 5 : 9;
    else if (letter !== 'S' && letter !== 'B') return undefined;
  }
  return undefined;
}

/** Up to `length` bytes as they are loaded at `address`, padded with zeroes. */
function bytesAt(elf: ElfFile, address: number, length: number): DataView {
  const holds = (one: Segment) => address >= one.address && address < one.address + one.fileSize;
  const segment = elf.loaded.find(holds);
  if (segment === undefined)
    throw new ElfError(`unwind tables lead to address ${address}, which is not loaded`);
  const offset = address - segment.address + segment.offset;
  const available = Math.min(length, segment.offset + segment.fileSize - offset, elf.source.size - offset);
  const bytes = new Uint8Array(length);
  if (available > 0) bytes.set(elf.source.read(offset, available));
  return viewOf(bytes);
}
