import { decodeArm64 } from '../elf/arm64-instruction.ts';
import {
  type ElfFile,
  type ElfSymbol,
  fileOffset,
  findFunctions,
  machines,
  readCode,
} from '../elf/elf-file.ts';
import { decodeX64, type Instruction } from '../elf/x64-instruction.ts';

/** How the program learns the number of bytes: `enum length_source` in bpf/include/tls-hooks.h. */
export const lengthSources = { argument4: 0, argument5: 1, returned: 2 } as const;

export interface ProbePoint {
  readonly operation: 'read' | 'write';
  /**
   * File offset of the instruction that runs after the call has returned; undefined: the function's return is probed,
   * by an address on its stack (uretprobe).
   */
  readonly afterReturn?: number;
  /** The function whose entry and return are probed, for logs. */
  readonly functionName: string;
  readonly fileOffset: number;
  readonly lengthSource: number;
  /** False when the kernel has to single-step the instruction: correct, and many times slower. */
  readonly emulated: boolean;
}

const names = ['SSL_read', 'SSL_read_ex', 'SSL_write', 'SSL_write_ex', 'SSL_write_ex2'] as const;

/**
 * Where to probe a TLS library with OpenSSL's interface, or a program that contains it. Empty when it has none.
 *
 * The exported functions begin with instructions that the kernel has to single-step; the internal functions that
 * both SSL_read and SSL_read_ex call nearly always begin with a push, which it emulates: one trap instead of two,
 * measured 35 to 50 times faster. One internal function also covers both exported ones and OpenSSL's SSL BIO.
 * When the two exported functions do not agree on one callee (it was inlined), the exported ones are probed.
 * @throws ElfError when the file is malformed.
 */
export function findProbePoints(elf: ElfFile): ProbePoint[] {
  const symbols = findFunctions(elf, names);
  const read = symbols.get('SSL_read');
  const write = symbols.get('SSL_write');
  if (read === undefined || write === undefined) return [];
  const readEx = symbols.get('SSL_read_ex');
  const writeEx = symbols.get('SSL_write_ex');
  const writeEx2 = symbols.get('SSL_write_ex2');

  const points: (ProbePoint | undefined)[] = [];
  const readInternal = commonCallee(elf, [readEx], read);
  if (readInternal !== undefined) {
    points.push(probePoint(elf, 'read', 'callee of SSL_read', readInternal, lengthSources.argument4));
  } else {
    points.push(probePoint(elf, 'read', 'SSL_read', read.address, lengthSources.returned));
    if (readEx) points.push(probePoint(elf, 'read', 'SSL_read_ex', readEx.address, lengthSources.argument4));
  }
  const writeInternal = commonCallee(elf, [writeEx2, writeEx], write);
  if (writeInternal !== undefined) {
    // OpenSSL 3.3 added flags before the pointer to the length, together with SSL_write_ex2.
    const source = writeEx2 ? lengthSources.argument5 : lengthSources.argument4;
    points.push(probePoint(elf, 'write', 'callee of SSL_write', writeInternal, source));
  } else {
    points.push(probePoint(elf, 'write', 'SSL_write', write.address, lengthSources.returned));
    if (writeEx)
      points.push(probePoint(elf, 'write', 'SSL_write_ex', writeEx.address, lengthSources.argument4));
    if (writeEx2)
      points.push(probePoint(elf, 'write', 'SSL_write_ex2', writeEx2.address, lengthSources.argument5));
  }
  return points.filter(point => point !== undefined);
}

/**
 * Where to probe without touching return addresses: at the instructions with which the exported functions call the
 * internal one, and at the first instruction behind each. A library whose exported functions do not call an internal
 * one has no such points, and OpenSSL's SSL BIO is not covered. Empty when the file has none.
 * @throws ElfError when the file is malformed.
 */
export function findCallSitePoints(elf: ElfFile): ProbePoint[] {
  const symbols = findFunctions(elf, names);
  const writeEx2 = symbols.get('SSL_write_ex2');
  const sites = (operation: 'read' | 'write', functions: readonly (typeof names)[number][]): ProbePoint[] => {
    const [plain, ...others] = functions.map(name => symbols.get(name));
    const callee = plain && commonCallee(elf, others.toReversed(), plain);
    if (callee === undefined) return [];
    const lengthSource =
      operation === 'write' && writeEx2 ? lengthSources.argument5 : lengthSources.argument4;
    return functions.flatMap(functionName => {
      const symbol = symbols.get(functionName);
      if (symbol === undefined) return [];
      return callSites(elf, symbol, callee).map(site => ({ operation, functionName, lengthSource, ...site }));
    });
  };
  const reads = sites('read', ['SSL_read', 'SSL_read_ex']);
  const writes = sites('write', ['SSL_write', 'SSL_write_ex', 'SSL_write_ex2']);
  return reads.length > 0 && writes.length > 0 ? [...reads, ...writes] : [];
}

/** The calls (not jumps) to `callee` in a function, and where each goes on. */
function callSites(
  elf: ElfFile,
  { address, size }: ElfSymbol,
  callee: number,
): { fileOffset: number; afterReturn: number; emulated: boolean }[] {
  const start = fileOffset(elf, address);
  // Without the size, code of the next function might be taken for this one's.
  if (start === undefined || size === 0) return [];
  const code = readCode(elf, address, Math.min(size, 4096));
  const found = [];
  for (let offset = 0; offset < code.length; offset += elf.machine === machines.arm64 ? 4 : 1) {
    const call = decode(elf, code, offset, address + offset);
    if (call?.kind !== 'call' || call.target !== callee) continue;
    const back = offset + call.length;
    // A comparison changes neither the result nor memory: the branch behind it, which the kernel emulates, serves as well.
    let after = back;
    let next = decode(elf, code, after, address + after);
    if (next?.kind === 'compare') {
      const branch = decode(elf, code, after + next.length, address + after + next.length);
      if (branch?.kind === 'branch') {
        after += next.length;
        next = branch;
      }
    }
    found.push({ fileOffset: start + offset, afterReturn: start + after, emulated: next?.kind === 'branch' });
  }
  return found;
}

function decode(elf: ElfFile, code: Uint8Array, offset: number, address: number): Instruction | undefined {
  if (elf.machine === machines.x64) return decodeX64(code, offset, address);
  return elf.machine === machines.arm64 ? decodeArm64(code, offset, address) : undefined;
}

/** The function that the first of `wrappers` calls before anything else, if `caller` calls it too. */
function commonCallee(
  elf: ElfFile,
  wrappers: (ElfSymbol | undefined)[],
  caller: ElfSymbol,
): number | undefined {
  for (const wrapper of wrappers) {
    const callee = wrapper && firstCallee(elf, wrapper);
    if (callee !== undefined && fileOffset(elf, callee) !== undefined && calls(elf, caller, callee))
      return callee;
  }
  return undefined;
}

/** Target of the first call or tail call, when no branch comes before it: only then are all paths the same. */
function firstCallee(elf: ElfFile, { address }: ElfSymbol): number | undefined {
  const maxInstructions = 12;
  const code = readCode(elf, address, 128);
  let offset = 0;
  for (let i = 0; i < maxInstructions; i++) {
    const instruction = decode(elf, code, offset, address + offset);
    if (instruction === undefined) return undefined;
    if (instruction.kind === 'call' || instruction.kind === 'jump') return instruction.target;
    if (instruction.kind === 'branch' || instruction.kind === 'return') return undefined;
    offset += instruction.length;
  }
  return undefined;
}

/** Does the function hold a call or jump to `target`? Looks at every byte offset: 32 matching bits are no accident. */
function calls(elf: ElfFile, { address, size }: ElfSymbol, target: number): boolean {
  const code = readCode(elf, address, Math.min(size || 512, 4096));
  const step = elf.machine === machines.arm64 ? 4 : 1;
  for (let offset = 0; offset < code.length; offset += step) {
    const instruction = decode(elf, code, offset, address + offset);
    if ((instruction?.kind === 'call' || instruction?.kind === 'jump') && instruction.target === target)
      return true;
  }
  return false;
}

/**
 * The first instruction of the function that the kernel emulates, if what comes before it leaves stack pointer and
 * argument registers alone; else the function's start.
 */
function probePoint(
  elf: ElfFile,
  operation: 'read' | 'write',
  functionName: string,
  address: number,
  lengthSource: number,
): ProbePoint | undefined {
  const start = fileOffset(elf, address);
  if (start === undefined) return undefined;
  const point = { operation, functionName, lengthSource };
  if (elf.machine !== machines.x64) return { ...point, fileOffset: start, emulated: true };
  const code = readCode(elf, address, 64);
  let offset = 0;
  for (let i = 0; i < 4; i++) {
    const instruction = decodeX64(code, offset, address + offset);
    if (instruction === undefined) break;
    const { kind } = instruction;
    if (kind === 'push' || kind === 'branch' || kind === 'call' || kind === 'jump') {
      return { ...point, fileOffset: start + offset, emulated: true };
    }
    if (kind !== 'endbr' && kind !== 'compare') break;
    offset += instruction.length;
  }
  return { ...point, fileOffset: start, emulated: false };
}
