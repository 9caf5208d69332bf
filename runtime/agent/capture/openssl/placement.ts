import { type ElfFile, machines, readCode } from '../elf/elf-file.ts';
import { decode, decodeRange, type LocatedInstruction } from '../elf/function-code.ts';
import { functionRange } from '../elf/function-range.ts';
import { type Instruction, written } from '../elf/x64-instruction.ts';

/** An instruction for a probe. */
export interface Place {
  readonly address: number;
  /** False when the kernel has to single-step it. */
  readonly emulated: boolean;
}

const maxPrologueInstructions = 16;
/** What the programs read at the entry: arguments 1, 2, 4 and 5 (System V ABI for x86-64, 3.2.3). */
const argumentRegisters = written.rdi | written.rsi | written.rcx | written.r8;

function isEmulated({ kind }: Instruction): boolean {
  return kind === 'push' || kind === 'branch' || kind === 'call' || kind === 'jump';
}

/**
 * The first instruction of a function that the kernel emulates while the arguments are still in their registers; else
 * the function's start.
 * @param stackAsOnEntry the return address must still be on top of the stack
 */
export function entryPoint(elf: ElfFile, address: number, stackAsOnEntry: boolean): Place {
  if (elf.machine !== machines.x64) return { address, emulated: true };
  const code = readCode(elf, address, 128);
  const kept = stackAsOnEntry ? argumentRegisters | written.rsp : argumentRegisters;
  let onlyMarker = true;
  for (let i = 0, offset = 0; i < maxPrologueInstructions; i++) {
    const instruction = decode(elf, code, offset, address + offset);
    if (instruction === undefined) break;
    const at = address + offset;
    if (isEmulated(instruction)) {
      if (onlyMarker || !reachedAgain(elf, address, at)) return { address: at, emulated: true };
      break;
    }
    const { kind, writes } = instruction;
    if (kind !== 'endbr' && (writes === undefined || (writes & kept) !== 0)) break;
    onlyMarker = onlyMarker && kind === 'endbr';
    offset += instruction.length;
  }
  return { address, emulated: false };
}

/** Could a jump within the function lead to `place` again, or to what is before it? Then a probe there is no entry. */
function reachedAgain(elf: ElfFile, start: number, place: number): boolean {
  const range = functionRange(elf, start);
  const instructions = range?.start === start ? decodeRange(elf, range) : undefined;
  if (instructions === undefined) return true;
  return instructions.some(
    ({ kind, target }) => kind !== 'call' && target !== undefined && target >= start && target <= place,
  );
}

/**
 * The instruction that always runs after a call has returned, with its result still to be told: preferably one that
 * the kernel emulates, else the next one. Undefined when the code around is not understood.
 */
export function exitBehindCall(elf: ElfFile, call: number): Place | undefined {
  const range = functionRange(elf, call);
  const instructions = range && decodeRange(elf, range);
  const index = instructions?.findIndex(one => one.address === call) ?? -1;
  if (instructions === undefined || index < 0) return undefined;
  const next = instructions[index + 1];
  if (next === undefined) return undefined;
  // Nothing is known of registers on arm64, where the kernel emulates most of what stands here anyway.
  for (let i = index + 1; i < instructions.length; i++) {
    const one = instructions[i];
    if (one === undefined || one.kind === 'indirect' || one.kind === 'return') break;
    if (isEmulated(one) && one.kind !== 'push') return { address: one.address, emulated: true };
    if (!keepsResult(one, instructions[i - 1])) break;
  }
  return { address: next.address, emulated: elf.machine === machines.arm64 };
}

/**
 * Result, stack and memory stay, or the result becomes the number of bytes when it was positive:
 * `test eax, eax; cmovg eax, [length]`, as compilers write `return result > 0 ? length : result`.
 */
function keepsResult(one: LocatedInstruction, before: LocatedInstruction | undefined): boolean {
  if (one.loadsIfGreater === 0) return before?.testsResult === true;
  return one.writes !== undefined && (one.writes & (written.rax | written.rsp | written.memory)) === 0;
}
