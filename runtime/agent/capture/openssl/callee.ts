import { type ElfFile, fileOffset, machines, readCode } from '../elf/elf-file.ts';
import { decode } from '../elf/function-code.ts';
import type { ElfSymbol } from '../elf/symbols.ts';

const maxInstructions = 12;
/** Longest wrapper that is searched. */
const maxWrapperBytes = 4096;

/**
 * The internal function behind the exported ones: what the newest of them calls before anything else, if the
 * first calls it too. `functions`: the oldest interface first.
 */
export function commonCallee(elf: ElfFile, functions: readonly ElfSymbol[]): number | undefined {
  const [plain, ...wrappers] = functions;
  if (plain === undefined) return undefined;
  for (const wrapper of wrappers.toReversed()) {
    const callee = firstCallee(elf, wrapper);
    if (callee === undefined || functions.some(one => one.address === callee)) continue;
    if (fileOffset(elf, callee) !== undefined && callsOrJumpsTo(elf, plain, callee)) return callee;
  }
  return undefined;
}

/** Target of the first call or tail call, when no branch comes before it: only then are all paths the same. */
function firstCallee(elf: ElfFile, { address }: ElfSymbol): number | undefined {
  const code = readCode(elf, address, 128);
  let offset = 0;
  for (let i = 0; i < maxInstructions; i++) {
    const instruction = decode(elf, code, offset, address + offset);
    if (instruction === undefined) return undefined;
    const { kind, target } = instruction;
    if (kind === 'call' || kind === 'jump') return target;
    if (['branch', 'other-branch', 'return', 'indirect', 'trap'].includes(kind)) return undefined;
    offset += instruction.length;
  }
  return undefined;
}

/** Does the function hold a call or jump to `target`? Looks at every byte offset: 32 matching bits are no accident. */
function callsOrJumpsTo(elf: ElfFile, { address, size }: ElfSymbol, target: number): boolean {
  const code = readCode(elf, address, Math.min(size || 512, maxWrapperBytes));
  const step = elf.machine === machines.arm64 ? 4 : 1;
  for (let offset = 0; offset < code.length; offset += step) {
    const instruction = decode(elf, code, offset, address + offset);
    if ((instruction?.kind === 'call' || instruction?.kind === 'jump') && instruction.target === target)
      return true;
  }
  return false;
}
