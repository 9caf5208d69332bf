import { type ElfFile, fileOffset, machines, readCode } from '../elf/elf-file.ts';
import { decodeRange, type LocatedInstruction } from '../elf/function-code.ts';
import { type CodeRange, functionRange } from '../elf/function-range.ts';
import { findFunctions } from '../elf/symbols.ts';

/** Where the result of a read can be had together with what it was called with. */
export interface ReadResult {
  /** File offset of the branch that all reads pass. */
  readonly branch: number;
  /** … of what runs behind the second call. */
  readonly secondResult: number;
  /** Numbers of the general registers (x86-64 encoding) that hold them. */
  readonly session: number;
  readonly buffer: number;
  /** A `size_t *`: bytes read, valid when the result in eax is 1. */
  readonly lengthPointer: number;
  /** Not zero in the register: the bytes are left in place (SSL_peek). Undefined: reads only pass here. */
  readonly peek: number | undefined;
}

/** Functions that may hold the code, where symbols tell; the first may be merged into the others. */
const names = ['ssl3_read_internal', 'ssl3_read', 'ssl3_peek'];
/** SSL3_RT_APPLICATION_DATA (RFC 8446, 5.1). */
const applicationData = 0x17;
/** mov esi, 0x17 */
const movesApplicationData = Uint8Array.of(0xbe, applicationData, 0, 0, 0);
/** Code of files without these symbols is searched up to this size; libraries have less than 2 MiB. */
const maxSearchedBytes = 8 << 20;
const maxCandidates = 64;
/** Registers that calls leave as they are: rbx, rbp, r12 to r15 (System V ABI for x86-64, 3.2.1). */
const kept: ReadonlySet<number> = new Set([3, 5, 12, 13, 14, 15]);
const [rax, rcx, rdx, rsi, rdi, r9] = [0, 1, 2, 6, 7, 9];

/**
 * OpenSSL from 1.1.0 on reads by `ssl_read_bytes(session, type, NULL, buffer, size, peek, &read)` through a table, in one
 * function or in two that the compiler made of it, tests the result for -1, and may then have to call again with the
 * same arguments: all of them are still in registers where that branch is. One probe on it, which the kernel
 * emulates, tells what takes two around a call. Undefined where the code is not exactly so.
 */
export function findReadResult(elf: ElfFile): ReadResult | undefined {
  if (elf.machine !== machines.x64) return undefined;
  const found = candidates(elf).flatMap(range => resultIn(elf, range) ?? []);
  if (found.length === 1 && found[0]?.always === undefined) return found[0];
  const reading = found.filter(one => one.always === 0);
  // Two: one of them reads, the other one peeks.
  return found.length === 2 && reading.length === 1 && found.some(one => one.always === 1)
    ? reading[0]
    : undefined;
}

function candidates(elf: ElfFile): CodeRange[] {
  const ranges = new Map<number, CodeRange>();
  const add = (address: number) => {
    const range = ranges.size < maxCandidates ? functionRange(elf, address) : undefined;
    if (range) ranges.set(range.start, range);
  };
  const symbols = findFunctions(elf, names, false);
  if (symbols.size > 0) {
    for (const { address } of symbols.values()) add(address);
    return [...ranges.values()];
  }
  for (const { address, fileSize } of elf.code) {
    if (fileSize > maxSearchedBytes) continue;
    const code = Buffer.from(readCode(elf, address, fileSize));
    for (
      let at = code.indexOf(movesApplicationData);
      at >= 0;
      at = code.indexOf(movesApplicationData, at + 1)
    ) {
      add(address + at);
    }
  }
  return [...ranges.values()];
}

/** `always`: 0 or 1 when `peek` is no register but this constant. */
type Found = ReadResult & { readonly always: number | undefined };

function resultIn(elf: ElfFile, range: CodeRange): Found | undefined {
  const instructions = decodeRange(elf, range);
  if (instructions === undefined) return undefined;
  const calls = instructions.flatMap((one, index) => {
    const passed = one.kind === 'indirect-call' ? argumentsOf(instructions, index) : undefined;
    return passed ? [{ index, passed }] : [];
  });
  const [first, second] = calls;
  if (first === undefined || second === undefined || calls.length !== 2) return undefined;
  const { passed } = first;
  if (JSON.stringify(passed) !== JSON.stringify(second.passed)) return undefined;
  const registers = [passed.session, passed.buffer, passed.lengthPointer];
  if ('register' in passed.peek) registers.push(passed.peek.register);
  const branch = branchBehind(instructions, first.index, registers);
  const call = instructions[first.index];
  const behindSecond = instructions[second.index + 1];
  if (call === undefined || branch === undefined || behindSecond === undefined) return undefined;
  // Whatever else came there would be taken for a read, or for a second one.
  if (
    instructions.some(
      ({ target = 0 }) =>
        (target > call.address && target <= branch.address) || target === behindSecond.address,
    )
  )
    return undefined;
  const [branchOffset, secondResult] = [
    fileOffset(elf, branch.address),
    fileOffset(elf, behindSecond.address),
  ];
  if (branchOffset === undefined || secondResult === undefined) return undefined;
  const { session, buffer, lengthPointer, peek } = passed;
  return {
    branch: branchOffset,
    secondResult,
    session,
    buffer,
    lengthPointer,
    peek: 'register' in peek ? peek.register : undefined,
    always: 'register' in peek ? undefined : peek.value,
  };
}

interface Passed {
  readonly session: number;
  readonly buffer: number;
  readonly lengthPointer: number;
  readonly peek: { readonly register: number } | { readonly value: number };
}

/** What is passed to the call at `index`, when it is such a call and all comes from registers that it keeps. */
function argumentsOf(instructions: readonly LocatedInstruction[], index: number): Passed | undefined {
  const sources = new Map<number, { register: number } | { value: number }>();
  let lengthPointer: number | undefined;
  let known = 0;
  let start = index;
  let changed = 0;
  for (; start > 0 && known < 6; start--) {
    const one = instructions[start - 1];
    if (one === undefined || one.writes === undefined || !['other', 'push', 'compare'].includes(one.kind))
      return undefined;
    if (one.stacks !== undefined && lengthPointer === undefined) {
      if ((changed & (1 << one.stacks)) !== 0) return undefined;
      lengthPointer = one.stacks;
      known++;
    }
    const { sets } = one;
    if (
      sets !== undefined &&
      [rcx, rdx, rsi, rdi, r9].includes(sets.register) &&
      !sources.has(sets.register)
    ) {
      // The register that it came from must hold it still.
      if ('from' in sets && (changed & (1 << sets.from)) !== 0) return undefined;
      sources.set(sets.register, 'from' in sets ? { register: sets.from } : { value: sets.value });
      known++;
    } else if (
      [rcx, rdx, rsi, rdi, r9].some(
        argument => ((one.writes ?? 0) & (1 << argument)) !== 0 && !sources.has(argument),
      )
    ) {
      return undefined;
    }
    changed |= one.writes;
  }
  const call = instructions[index];
  const begin = instructions[start];
  if (call === undefined || begin === undefined || lengthPointer === undefined) return undefined;
  // Nothing jumps over a part of it.
  if (
    instructions.some(
      ({ target }) => target !== undefined && target > begin.address && target <= call.address,
    )
  )
    return undefined;
  const keptRegister = (argument: number) => {
    const source = sources.get(argument);
    return source && 'register' in source && kept.has(source.register) ? source.register : undefined;
  };
  const constant = (argument: number) => {
    const source = sources.get(argument);
    return source && 'value' in source ? source.value : undefined;
  };
  const [session, buffer, peek] = [keptRegister(rdi), keptRegister(rcx), keptRegister(r9) ?? constant(r9)];
  if (
    constant(rsi) !== applicationData ||
    constant(rdx) !== 0 ||
    session === undefined ||
    buffer === undefined
  )
    return undefined;
  if (peek === undefined || !kept.has(lengthPointer)) return undefined;
  return {
    session,
    buffer,
    lengthPointer,
    peek: keptRegister(r9) === undefined ? { value: peek } : { register: peek },
  };
}

/** The first branch behind a call, where its result and these registers are still what they were. */
function branchBehind(
  instructions: readonly LocatedInstruction[],
  call: number,
  registers: readonly number[],
): LocatedInstruction | undefined {
  const mustStay = [rax, ...registers].reduce((mask, register) => mask | (1 << register), 0);
  for (const one of instructions.slice(call + 1, call + 12)) {
    if (one.kind === 'branch') return one;
    if (!['other', 'compare'].includes(one.kind) || one.writes === undefined || (one.writes & mustStay) !== 0)
      return undefined;
  }
  return undefined;
}
