import type { ByteSource } from './byte-source.ts';

/** The file is not an ELF file that we can use: says what is wrong, at which offset. */
export class ElfError extends Error {
  override readonly name = 'ElfError';
}

/** ELF e_machine values (System V gABI, chapter 4) of the supported processors. */
export const machines = { x64: 62, arm64: 183 } as const;

export interface ElfSection {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/** A loadable segment, or one within that the dynamic linker or the unwinder reads. */
export interface Segment {
  readonly address: number;
  readonly offset: number;
  readonly fileSize: number;
}

export interface ElfFile {
  readonly source: ByteSource;
  readonly machine: number;
  readonly sections: readonly ElfSection[];
  /** Loadable and executable. */
  readonly code: readonly Segment[];
  /** Loadable. */
  readonly loaded: readonly Segment[];
  /** PT_DYNAMIC: what the dynamic linker reads. */
  readonly dynamic: Segment | undefined;
  /** PT_GNU_EH_FRAME: .eh_frame_hdr (LSB 5.0 core, 10.6.2). */
  readonly unwindIndex: Segment | undefined;
  /** GNU build id in hexadecimal, when there is one. */
  readonly buildId: string | undefined;
}

const segmentTypes = { load: 1, dynamic: 2, note: 4, unwindIndex: 0x6474e550 } as const;
const executableFlag = 1;
const maxSections = 8192;
const maxSegments = 256;
const headerBytes = 64;
const sectionHeaderBytes = 64;
const programHeaderBytes = 56;

/** The bytes as numbers of fixed sizes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit field; values beyond 2^53 cannot be offsets and become a number that every range check refuses. */
export function u64(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

/** Reads a table of `count` entries of `entryBytes`, in the file's own terms. */
export function table(
  source: ByteSource,
  what: string,
  offset: number,
  count: number,
  entryBytes: number,
): DataView {
  try {
    return viewOf(source.read(offset, count * entryBytes));
  } catch (error) {
    throw new ElfError(
      `${what} at offset ${offset}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Parses the headers of a 64-bit little-endian ELF file. @throws ElfError */
export function parseElf(source: ByteSource): ElfFile {
  const header = table(source, 'ELF header', 0, 1, headerBytes);
  if (header.getUint32(0) !== 0x7f454c46) throw new ElfError('offset 0: not an ELF file');
  if (header.getUint8(4) !== 2 || header.getUint8(5) !== 1) {
    throw new ElfError('offset 4: not a 64-bit little-endian ELF file');
  }
  const sectionsAt = u64(header, 40);
  const claimedSections = header.getUint16(60, true);
  // Nothing that runs needs section headers: a file cut before them is used by what its program headers say.
  const cut = sectionsAt + claimedSections * sectionHeaderBytes > source.size;
  const sectionCount = cut ? 0 : claimedSections;
  const segmentCount = header.getUint16(56, true);
  if (sectionCount > maxSections)
    throw new ElfError(`offset 60: ${sectionCount} sections; at most ${maxSections}`);
  if (segmentCount > maxSegments)
    throw new ElfError(`offset 56: ${segmentCount} segments; at most ${maxSegments}`);
  if (sectionCount > 0 && header.getUint16(58, true) !== sectionHeaderBytes) {
    throw new ElfError(`offset 58: section headers of ${header.getUint16(58, true)} bytes instead of 64`);
  }
  if (segmentCount > 0 && header.getUint16(54, true) !== programHeaderBytes) {
    throw new ElfError(`offset 54: program headers of ${header.getUint16(54, true)} bytes instead of 56`);
  }
  const sectionTable = table(
    source,
    'section headers',
    cut ? 0 : sectionsAt,
    sectionCount,
    sectionHeaderBytes,
  );
  const sections = Array.from({ length: sectionCount }, (_, index): ElfSection => {
    const at = index * sectionHeaderBytes;
    return {
      type: sectionTable.getUint32(at + 4, true),
      offset: u64(sectionTable, at + 24),
      size: u64(sectionTable, at + 32),
      link: sectionTable.getUint32(at + 40, true),
    };
  });
  const code: Segment[] = [];
  const loaded: Segment[] = [];
  let dynamic: Segment | undefined;
  let unwindIndex: Segment | undefined;
  let buildId: string | undefined;
  const segmentTable = table(source, 'program headers', u64(header, 32), segmentCount, programHeaderBytes);
  for (let at = 0; at < segmentCount * programHeaderBytes; at += programHeaderBytes) {
    const type = segmentTable.getUint32(at, true);
    const offset = u64(segmentTable, at + 8);
    const fileSize = u64(segmentTable, at + 32);
    const segment = { offset, address: u64(segmentTable, at + 16), fileSize };
    if (type === segmentTypes.load) {
      loaded.push(segment);
      if (segmentTable.getUint32(at + 4, true) & executableFlag) code.push(segment);
    }
    if (type === segmentTypes.dynamic) dynamic = segment;
    if (type === segmentTypes.unwindIndex) unwindIndex = segment;
    if (type === segmentTypes.note) buildId ??= findBuildId(source, offset, fileSize);
  }
  return {
    source,
    machine: header.getUint16(18, true),
    sections,
    code,
    loaded,
    dynamic,
    unwindIndex,
    buildId,
  };
}

function findBuildId(source: ByteSource, offset: number, size: number): string | undefined {
  if (size > 65536 || offset + size > source.size) return undefined;
  const notes = viewOf(source.read(offset, size));
  for (let at = 0; at + 12 <= size; ) {
    const nameBytes = notes.getUint32(at, true);
    const valueBytes = notes.getUint32(at + 4, true);
    const value = at + 12 + ((nameBytes + 3) & ~3);
    if (nameBytes > size || valueBytes > size || value + valueBytes > size) return undefined;
    // "GNU\0", NT_GNU_BUILD_ID.
    if (notes.getUint32(at + 8, true) === 3 && nameBytes === 4 && notes.getUint32(at + 12) === 0x474e5500) {
      const start = notes.byteOffset + value;
      return Buffer.from(notes.buffer, start, valueBytes).toString('hex');
    }
    at = value + ((valueBytes + 3) & ~3);
  }
  return undefined;
}

/** File offset of an address in the code, or undefined when no executable segment holds it. */
export function fileOffset(elf: ElfFile, address: number): number | undefined {
  const segment = elf.code.find(one => address >= one.address && address < one.address + one.fileSize);
  return segment && address - segment.address + segment.offset;
}

/** Up to `length` bytes of code from `address`; fewer at the end of the segment. Empty outside of the code. */
export function readCode(elf: ElfFile, address: number, length: number): Uint8Array {
  const segment = elf.code.find(one => address >= one.address && address < one.address + one.fileSize);
  if (segment === undefined) return new Uint8Array(0);
  const offset = address - segment.address;
  const start = segment.offset + offset;
  const available = Math.min(length, segment.fileSize - offset, elf.source.size - start);
  return available > 0 ? elf.source.read(start, available) : new Uint8Array(0);
}

/** File offset of an address in any loaded segment, or undefined. */
export function loadedOffset(elf: ElfFile, address: number): number | undefined {
  const segment = elf.loaded.find(one => address >= one.address && address < one.address + one.fileSize);
  return segment && address - segment.address + segment.offset;
}
