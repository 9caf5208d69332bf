/** A small 64-bit shared object: one executable segment that holds everything, .dynsym, .dynstr and a build id. */
export interface ElfContents {
  readonly machine: number;
  /** Exported functions, in memory order: their code. */
  readonly functions: Readonly<Record<string, readonly number[]>>;
}

/** Code of function n lies at address codeBase + n × codeStep; address = file offset + addressBias. */
export const codeBase = 0x1400;
export const codeStep = 0x100;
export const addressBias = 0x1000;

export function buildElf({ machine, functions }: ElfContents): Buffer {
  const names = Object.keys(functions);
  const file = Buffer.alloc(codeBase - addressBias + names.length * codeStep + 256);
  file.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  file.writeUInt16LE(3, 16);
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);

  const segment = (at: number, type: number, flags: number, offset: number, size: number) => {
    file.writeUInt32LE(type, at);
    file.writeUInt32LE(flags, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(offset + addressBias), at + 16);
    file.writeBigUInt64LE(BigInt(size), at + 32);
    file.writeBigUInt64LE(BigInt(size), at + 40);
  };
  const noteAt = 184;
  file.writeUInt32LE(4, noteAt);
  file.writeUInt32LE(8, noteAt + 4);
  file.writeUInt32LE(3, noteAt + 8);
  file.write('GNU\0', noteAt + 12, 'latin1');
  file.set([1, 2, 3, 4, 5, 6, 7, 8], noteAt + 16);
  segment(64, 1, 5, 0, file.length);
  segment(120, 4, 4, noteAt, 24);

  const stringsAt = 216;
  let end = stringsAt + 1;
  const symbolsAt = 512;
  names.forEach((name, index) => {
    const at = symbolsAt + (index + 1) * 24;
    file.writeUInt32LE(end - stringsAt, at);
    file[at + 4] = 0x12;
    file.writeUInt16LE(1, at + 6);
    file.writeBigUInt64LE(BigInt(codeBase + index * codeStep), at + 8);
    const code = functions[name] ?? [];
    file.writeBigUInt64LE(BigInt(code.length), at + 16);
    file.set(code, codeBase - addressBias + index * codeStep);
    end += file.write(`${name}\0`, end, 'latin1');
  });
  const sectionsAt = file.length - 192;
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
  return file;
}
