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
