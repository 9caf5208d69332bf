import { decodeArm64 } from './arm64-instruction.ts';
import { type ElfFile, machines, readCode, viewOf } from './elf-file.ts';
import { type CodeRange, functionRange } from './function-range.ts';
import { decodeX64, type Instruction } from './x64-instruction.ts';

export interface LocatedInstruction extends Instruction {
  readonly address: number;
}

/** Functions with more code than this are not looked into: 64 KiB. */
const maxFunctionBytes = 65536;
/** Parts that a compiler moved away from one function. */
const maxParts = 8;

export function decode(
  elf: ElfFile,
  code: Uint8Array,
  offset: number,
  address: number,
): Instruction | undefined {
  if (elf.machine === machines.x64) return decodeX64(code, offset, address);
  return elf.machine === machines.arm64 ? decodeArm64(code, offset, address) : undefined;
}

/**
 * The instructions of a range, from its first byte to its last: a place in here is the beginning of an instruction for
 * certain. Undefined when one is not known, the last one does not end where the range does, or a jump leads into
 * the middle of one.
 */
export function decodeRange(elf: ElfFile, { start, end }: CodeRange): LocatedInstruction[] | undefined {
  const size = end - start;
  if (size <= 0 || size > maxFunctionBytes) return undefined;
  const code = readCode(elf, start, size);
  if (code.length !== size) return undefined;
  const instructions: LocatedInstruction[] = [];
  const starts = new Set<number>();
  for (let offset = 0; offset < size; ) {
    const instruction = decode(elf, code, offset, start + offset);
    if (instruction === undefined) return undefined;
    starts.add(start + offset);
    instructions.push({ ...instruction, address: start + offset });
    offset += instruction.length;
  }
  const last = instructions.at(-1);
  if (last === undefined || last.address + last.length !== end) return undefined;
  const intoMiddle = ({ target }: Instruction) =>
    target !== undefined && target >= start && target < end && !starts.has(target);
  return instructions.some(intoMiddle) ? undefined : instructions;
}

/**
 * Addresses of all instructions with which a function returns, those of parts that the compiler moved away included.
 * Undefined when the function may end otherwise (by jumping to another one) or its code is not understood.
 */
export function findReturns(elf: ElfFile, address: number): number[] | undefined {
  const first = functionRange(elf, address);
  if (first === undefined || first.start !== address) return undefined;
  const parts = [first];
  const returns: number[] = [];
  // Grows while it is walked.
  for (const part of parts) {
    const instructions = decodeRange(elf, part);
    if (instructions === undefined) return undefined;
    for (const { kind, target, address: at } of instructions) {
      if (kind === 'return') returns.push(at);
      if (kind === 'indirect') return undefined;
      if (target === undefined || kind === 'call') continue;
      if (parts.some(one => target >= one.start && target < one.end)) continue;
      const other = functionRange(elf, target);
      if (other === undefined || !other.continuation || parts.length >= maxParts) return undefined;
      parts.push(other);
    }
  }
  return returns.length > 0 ? returns : undefined;
}

/** Instructions that call `callee`, in order of their addresses, wherever in the code. */
export function findCalls(elf: ElfFile, callee: number): number[] {
  const found: number[] = [];
  for (const { address, fileSize } of elf.code) {
    for (let at = 0; at < fileSize; at += chunkBytes) {
      const code = readCode(elf, address + at, Math.min(chunkBytes + callBytes - 1, fileSize - at));
      for (const offset of candidates(elf, code, callee - address - at)) {
        const call = decode(elf, code, offset, address + at + offset);
        if (call?.kind === 'call' && call.target === callee) found.push(address + at + offset);
      }
    }
  }
  return found.filter(at => startsInstruction(elf, at));
}

const chunkBytes = 1 << 20;
/** With its prefix. */
const callBytes = 6;
const callOpcode = 0xe8;
/** Before calls that linkers made out of longer ones (`-fno-plt`, as Alpine and Arch compile). */
const paddedCallPrefix = 0x67;

/** Offsets where a call of `target` (an offset too) may begin. */
function* candidates(elf: ElfFile, code: Uint8Array, target: number): Generator<number> {
  if (elf.machine === machines.arm64) {
    for (let offset = 0; offset + 4 <= code.length && offset < chunkBytes; offset += 4) yield offset;
    return;
  }
  const view = viewOf(code);
  const last = Math.min(chunkBytes, code.length - 5);
  for (let at = code.indexOf(callOpcode); at >= 0 && at <= last; at = code.indexOf(callOpcode, at + 1)) {
    if (view.getInt32(at + 1, true) !== target - at - 5) continue;
    yield code[at - 1] === paddedCallPrefix ? at - 1 : at;
  }
}

/** Is this for certain the address of an instruction, not of bytes within one? */
function startsInstruction(elf: ElfFile, address: number): boolean {
  const range = functionRange(elf, address);
  return range !== undefined && decodeRange(elf, range)?.some(one => one.address === address) === true;
}
