import { type ElfFile, type ElfSection, loadedOffset, table, u64 } from './elf-file.ts';

export interface ElfSymbol {
  readonly address: number;
  /** Bytes; 0 when unknown. */
  readonly size: number;
}

const sectionTypes = { symbolTable: 2, dynamicSymbols: 11, gnuHash: 0x6ffffff6 } as const;
const functionTypes: readonly number[] = [2, 10];
const symbolBytes = 24;
const dynamicTags = { strings: 5, symbols: 6, gnuHash: 0x6ffffef5 } as const;
const dynamicEntryBytes = 16;
const maxDynamicEntries = 1024;
/** Symbols of one bucket that are looked at: real tables have a handful. */
const maxChain = 4096;

/**
 * The named functions that a file defines, from .dynsym, else .symtab. What a file exports is looked up by hash, without
 * reading its tables: large programs export tens of thousands of symbols.
 * @param exportedOnly leave .symtab out, which has to be read as a whole: hundreds of MB in the largest programs
 * @throws ElfError when a table is malformed.
 */
export function findFunctions(
  elf: ElfFile,
  names: readonly string[],
  exportedOnly = false,
): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>();
  const missing = () => names.filter(name => !found.has(name));
  const exported = exportTables(elf);
  for (const tables of exported) for (const name of missing()) lookUp(elf, tables, name, found);
  for (const section of elf.sections) {
    if (section.type === sectionTypes.dynamicSymbols && exported.length === 0)
      search(elf, section, missing(), found);
  }
  for (const section of exportedOnly ? [] : elf.sections) {
    if (section.type === sectionTypes.symbolTable) search(elf, section, missing(), found);
  }
  return found;
}

/** The hash of .gnu.hash: h × 33 + c, from 5381, 32 bits. */
function gnuHash(name: string): number {
  let hash = 5381;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 33) + name.charCodeAt(i)) >>> 0;
  return hash;
}

/** File offsets. */
interface ExportTables {
  readonly symbols: number;
  readonly strings: number;
  readonly hash: number;
}

/**
 * What the dynamic linker looks symbols up in, from the sections, else from PT_DYNAMIC (System V gABI, chapter 5): section
 * headers are not needed to run a program, and some are stripped of them.
 */
function exportTables(elf: ElfFile): ExportTables[] {
  const { sections, dynamic } = elf;
  const bySections = sections.flatMap((section): ExportTables[] => {
    const symbols = section.type === sectionTypes.gnuHash ? sections[section.link] : undefined;
    const strings = symbols && sections[symbols.link];
    if (symbols?.type !== sectionTypes.dynamicSymbols || strings === undefined) return [];
    return [{ symbols: symbols.offset, strings: strings.offset, hash: section.offset }];
  });
  if (sections.length > 0 || dynamic === undefined) return bySections;
  const count = Math.min(Math.floor(dynamic.fileSize / dynamicEntryBytes), maxDynamicEntries);
  const entries = table(elf.source, 'dynamic section', dynamic.offset, count, dynamicEntryBytes);
  const offsets = new Map<number, number | undefined>();
  for (let at = 0; at < count * dynamicEntryBytes; at += dynamicEntryBytes) {
    offsets.set(u64(entries, at), loadedOffset(elf, u64(entries, at + 8)));
  }
  const symbols = offsets.get(dynamicTags.symbols);
  const strings = offsets.get(dynamicTags.strings);
  const hash = offsets.get(dynamicTags.gnuHash);
  return symbols === undefined || strings === undefined || hash === undefined
    ? []
    : [{ symbols, strings, hash }];
}

/**
 * .gnu.hash: four words (buckets, first symbol, filter words of 64 bits, filter shift), the filter, the buckets, one
 * word per symbol: its hash, with bit 0 set on the last of a bucket.
 */
function lookUp(
  elf: ElfFile,
  { symbols, strings, hash }: ExportTables,
  name: string,
  found: Map<string, ElfSymbol>,
): void {
  const word = (offset: number) => table(elf.source, '.gnu.hash', offset, 1, 4).getUint32(0, true);
  const buckets = word(hash);
  const firstSymbol = word(hash + 4);
  const filterWords = word(hash + 8);
  if (buckets === 0) return;
  const bucketsAt = hash + 16 + filterWords * 8;
  const wanted = gnuHash(name);
  const text = Buffer.from(`${name}\0`, 'latin1');
  let index = word(bucketsAt + (wanted % buckets) * 4);
  if (index < firstSymbol) return;
  for (let steps = 0; steps < maxChain; steps++, index++) {
    const entry = word(bucketsAt + (buckets + index - firstSymbol) * 4);
    if ((entry | 1) === (wanted | 1)) {
      const symbol = table(elf.source, 'symbol', symbols + index * symbolBytes, 1, symbolBytes);
      const at = strings + symbol.getUint32(0, true);
      const itsName = table(elf.source, 'symbol name', at, text.length, 1);
      if (Buffer.from(itsName.buffer, itsName.byteOffset, text.length).equals(text)) {
        keep(symbol, 0, name, found);
        return;
      }
    }
    if (entry & 1) return;
  }
}

/** Finds the names in the string table first: most files do not have them, and there are far fewer strings to compare. */
function search(
  elf: ElfFile,
  section: ElfSection,
  names: readonly string[],
  found: Map<string, ElfSymbol>,
): void {
  const strings = elf.sections[section.link];
  if (strings === undefined || names.length === 0) return;
  const text = table(elf.source, 'string table', strings.offset, strings.size, 1);
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const starts = new Map<number, string>();
  for (const name of names) {
    // A linker may let a name share the end of a longer one.
    const end = `${name}\0`;
    for (let at = bytes.indexOf(end, 0, 'latin1'); at >= 0; at = bytes.indexOf(end, at + 1, 'latin1')) {
      starts.set(at, name);
    }
  }
  if (starts.size === 0) return;
  const count = Math.floor(section.size / symbolBytes);
  const symbols = table(elf.source, 'symbol table', section.offset, count, symbolBytes);
  for (let at = 0; at < count * symbolBytes; at += symbolBytes) {
    const name = starts.get(symbols.getUint32(at, true));
    if (name !== undefined && !found.has(name)) keep(symbols, at, name, found);
  }
}

/** Elf64_Sym: name, info, other, section, value, size. Undefined and non-function symbols are left out. */
function keep(symbols: DataView, at: number, name: string, found: Map<string, ElfSymbol>): void {
  const address = u64(symbols, at + 8);
  if (address === 0 || !functionTypes.includes(symbols.getUint8(at + 4) & 15)) return;
  found.set(name, { address, size: u64(symbols, at + 16) });
}
