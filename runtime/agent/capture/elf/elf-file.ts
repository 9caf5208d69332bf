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

/** A loadable, executable segment. */
export interface CodeSegment {
  readonly address: number;
  readonly offset: number;
  readonly fileSize: number;
}

export interface ElfFile {
  readonly source: ByteSource;
  readonly machine: number;
  readonly sections: readonly ElfSection[];
  readonly code: readonly CodeSegment[];
  /** GNU build id in hexadecimal, when there is one. */
  readonly buildId: string | undefined;
}

export interface ElfSymbol {
  readonly address: number;
  /** Bytes; 0 when unknown. */
  readonly size: number;
}

const sectionTypes = { symbolTable: 2, dynamicSymbols: 11 } as const;
const segmentTypes = { load: 1, note: 4 } as const;
const executableFlag = 1;
const functionTypes: readonly number[] = [2, 10];
const maxSections = 8192;
const maxSegments = 256;
const headerBytes = 64;
const sectionHeaderBytes = 64;
const programHeaderBytes = 56;
const symbolBytes = 24;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit field; values beyond 2^53 cannot be offsets and become a number that every range check refuses. */
function u64(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

/** Reads a table of `count` entries of `entryBytes`, in the file's own terms. */
function table(
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
  const sectionCount = header.getUint16(60, true);
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
  const sectionTable = table(source, 'section headers', u64(header, 40), sectionCount, sectionHeaderBytes);
  const sections = Array.from({ length: sectionCount }, (_, index): ElfSection => {
    const at = index * sectionHeaderBytes;
    return {
      type: sectionTable.getUint32(at + 4, true),
      offset: u64(sectionTable, at + 24),
      size: u64(sectionTable, at + 32),
      link: sectionTable.getUint32(at + 40, true),
    };
  });
  const code: CodeSegment[] = [];
  let buildId: string | undefined;
  const segmentTable = table(source, 'program headers', u64(header, 32), segmentCount, programHeaderBytes);
  for (let at = 0; at < segmentCount * programHeaderBytes; at += programHeaderBytes) {
    const type = segmentTable.getUint32(at, true);
    const offset = u64(segmentTable, at + 8);
    const fileSize = u64(segmentTable, at + 32);
    if (type === segmentTypes.load && segmentTable.getUint32(at + 4, true) & executableFlag) {
      code.push({ offset, address: u64(segmentTable, at + 16), fileSize });
    }
    if (type === segmentTypes.note) buildId ??= findBuildId(source, offset, fileSize);
  }
  return { source, machine: header.getUint16(18, true), sections, code, buildId };
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

/** Addresses of the named functions, from .dynsym, else .symtab. @throws ElfError when a table is malformed. */
export function findFunctions(elf: ElfFile, names: readonly string[]): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  const wanted = names.map(name => ({ name, bytes: Buffer.from(`${name}\0`, 'latin1') }));
  for (const type of [sectionTypes.dynamicSymbols, sectionTypes.symbolTable]) {
    for (const section of elf.sections) {
      const strings = elf.sections[section.link];
      if (section.type !== type || strings === undefined || found.size === names.length) continue;
      const count = Math.floor(section.size / symbolBytes);
      const symbols = table(elf.source, 'symbol table', section.offset, count, symbolBytes);
      const text = table(elf.source, 'string table', strings.offset, strings.size, 1);
      const textBytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
      for (let at = 0; at < count * symbolBytes; at += symbolBytes) {
        const value = u64(symbols, at + 8);
        if (value === 0 || !functionTypes.includes(symbols.getUint8(at + 4) & 15)) continue;
        const start = symbols.getUint32(at, true);
        // Nearly all names fail on the first bytes; only then is it worth comparing.
        for (const { name, bytes } of wanted) {
          if (textBytes[start] !== bytes[0] || found.has(name)) continue;
          if (start + bytes.length > textBytes.length) continue;
          if (textBytes.compare(bytes, 0, bytes.length, start, start + bytes.length) !== 0) continue;
          found.set(name, { address: value, size: u64(symbols, at + 16) });
        }
      }
    }
  }
  return found;
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
