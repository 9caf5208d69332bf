/**
 * A small 64-bit shared object: one executable segment that holds everything, .dynsym, .dynstr, .gnu.hash, a build id and
 * unwind tables that say where functions end.
 */
export interface ElfContents {
  readonly machine: number;
  /** Exported functions, in memory order: their code. One whose name ends in `.cold` is the moved part of another. */
  readonly functions: Readonly<Record<string, readonly number[]>>;
  /** Distance of function n from `codeBase`. @default n × codeStep */
  readonly placeOf?: (n: number) => number;
}

/** Code of function n lies at address codeBase + n × codeStep; address = file offset + addressBias. */
export const codeBase = 0x1400;
export const codeStep = 0x100;
export const addressBias = 0x1000;

export function buildElf(contents: ElfContents): Buffer {
  const { machine, functions } = contents;
  const names = Object.keys(functions);
  const placeOf = contents.placeOf ?? (n => n * codeStep);
  const codeEnd = names.map((name, n) => placeOf(n) + Math.max(codeStep, functions[name]?.length ?? 0));
  const tablesAt = codeBase - addressBias + Math.max(...codeEnd);
  const file = Buffer.alloc(tablesAt + 512 + names.length * 36);
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(4, 60);

  const segment = (at: number, type: number, flags: number, offset: number, size: number) => {
    file.writeUInt32LE(type, at);
    file.writeUInt32LE(flags, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(offset + addressBias), at + 16);
    file.writeBigUInt64LE(BigInt(size), at + 32);
    file.writeBigUInt64LE(BigInt(size), at + 40);
  };
  const noteAt = 240;
  file.writeUInt32LE(4, noteAt);
  file.writeUInt32LE(8, noteAt + 4);
  file.writeUInt32LE(3, noteAt + 8);
  file.write('GNU\0', noteAt + 12, 'latin1');
  file.set([1, 2, 3, 4, 5, 6, 7, 8], noteAt + 16);
  segment(64, 1, 5, 0, file.length);
  segment(120, 4, 4, noteAt, 24);

  const stringsAt = 272;
  let end = stringsAt + 1;
  const symbolsAt = 512;
  names.forEach((name, index) => {
    const at = symbolsAt + (index + 1) * 24;
    file.writeUInt32LE(end - stringsAt, at);
    file[at + 4] = 0x12;
    file.writeUInt16LE(1, at + 6);
    file.writeBigUInt64LE(BigInt(codeBase + placeOf(index)), at + 8);
    const code = functions[name] ?? [];
    file.writeBigUInt64LE(BigInt(code.length), at + 16);
    file.set(code, codeBase - addressBias + placeOf(index));
    end += file.write(`${name}\0`, end, 'latin1');
  });
  const sectionsAt = file.length - 256;
  file.writeBigUInt64LE(BigInt(sectionsAt), 40);
  const section = (index: number, type: number, offset: number, size: number, link: number) => {
    const at = sectionsAt + index * 64;
    file.writeUInt32LE(type, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 24);
    file.writeBigUInt64LE(BigInt(size), at + 32);
    file.writeUInt32LE(link, at + 40);
  };
  section(1, 11, symbolsAt, (names.length + 1) * 24, 2);
  section(2, 3, stringsAt, end - stringsAt, 0);
  const hashEnd = writeHash(file, tablesAt, names);
  section(3, 0x6ffffff6, tablesAt, hashEnd - tablesAt, 1);
  const unwindEnd = writeUnwindTables(file, hashEnd, contents);
  segment(176, 0x6474e550, 4, hashEnd, unwindEnd - hashEnd);
  return file;
}

/** .gnu.hash with one bucket. @returns where it ends */
function writeHash(file: Buffer, at: number, names: readonly string[]): number {
  const hashes = names.map(name =>
    [...Buffer.from(name)].reduce((hash, byte) => (Math.imul(hash, 33) + byte) >>> 0, 5381),
  );
  // Buckets, first symbol, filter words, filter shift; a filter that lets all pass; the bucket; a word per symbol.
  const words = [1, 1, 1, 0, 0xffffffff, 0xffffffff, 1];
  words.push(...hashes.map((hash, index) => ((hash & ~1) | Number(index === hashes.length - 1)) >>> 0));
  words.forEach((word, index) => {
    file.writeUInt32LE(word, at + index * 4);
  });
  return at + words.length * 4;
}

/** .eh_frame_hdr, then .eh_frame: a common entry and one for each function. @returns where they end */
function writeUnwindTables(
  file: Buffer,
  at: number,
  { functions, placeOf = n => n * codeStep }: ElfContents,
): number {
  const names = Object.keys(functions);
  const common = at + 12 + names.length * 8;
  file.set([1, 0x1b, 0x03, 0x3b], at);
  file.writeInt32LE(common - at - 4, at + 4);
  file.writeUInt32LE(names.length, at + 8);
  file.writeUInt32LE(20, common);
  file.set([1, ...Buffer.from('zR\0'), 1, 0x78, 16, 1, 0x1b], common + 8);
  names.forEach((name, index) => {
    const entry = common + 24 + index * 24;
    const code = codeBase - addressBias + placeOf(index);
    file.writeInt32LE(code - at, at + 12 + index * 8);
    file.writeInt32LE(entry - at, at + 16 + index * 8);
    file.writeUInt32LE(20, entry);
    file.writeUInt32LE(entry + 4 - common, entry + 4);
    file.writeInt32LE(code - entry - 8, entry + 8);
    file.writeUInt32LE(functions[name]?.length ?? 0, entry + 12);
    if (name.endsWith('.cold')) file.set([0x0e, 32], entry + 17);
  });
  return common + 24 + names.length * 24;
}
