import { oneByte, twoBytes } from './x64-opcodes.ts';

/**
 * What an instruction does, as far as placing a probe is concerned. `push`, `call`, `jump` and `branch` are the forms
 * that the kernel emulates (arch/x86/kernel/uprobes.c), others are `other-branch` or `other`. `indirect` jumps
 * to an address from a register or memory, `indirect-call` calls it. `trap` never goes on.
 */
export type InstructionKind =
  | 'push'
  | 'call'
  | 'jump'
  | 'branch'
  | 'other-branch'
  | 'indirect'
  | 'indirect-call'
  | 'return'
  | 'trap'
  | 'endbr'
  | 'compare'
  | 'other';

export interface Instruction {
  readonly kind: InstructionKind;
  /** Bytes, 1–15. */
  readonly length: number;
  /** Address that a relative call, jump or branch leads to. */
  readonly target?: number;
  /**
   * What may change: bit n for general register n (x86-64 encoding), bit 16 for memory. Undefined: not known; never
   * known on arm64.
   */
  readonly writes?: number;
  /** The 32-bit register n is replaced by a value from memory when the last comparison said greater (cmovg). */
  readonly loadsIfGreater?: number;
  /** `test eax, eax`. */
  readonly testsResult?: boolean;
  /** General register that gets the value of another one (at least its lower 32 bits), or a number. */
  readonly sets?:
    | { readonly register: number; readonly from: number }
    | { readonly register: number; readonly value: number };
  /** General register whose value is put on top of the stack. */
  readonly stacks?: number;
}

/** Bits of `Instruction.writes`. */
export const written = {
  rax: 1 << 0,
  rcx: 1 << 1,
  rsp: 1 << 4,
  rsi: 1 << 6,
  rdi: 1 << 7,
  r8: 1 << 8,
  memory: 1 << 16,
} as const;

const maxLength = 15;
const operandPrefix = 0x66;
const addressPrefix = 0x67;
const legacyPrefixes: ReadonlySet<number> = new Set([
  operandPrefix,
  addressPrefix,
  0xf0,
  0xf2,
  0xf3,
  0x2e,
  0x36,
  0x3e,
  0x26,
  0x64,
  0x65,
]);

/** The parts of an instruction, before anything is concluded from them. */
interface Parts {
  readonly prefixes: ReadonlySet<number>;
  readonly rex: number;
  /** 0: one byte; 1: behind 0F; 2, 3: behind 0F38, 0F3A. */
  readonly map: number;
  readonly opcode: number;
  /** VEX or EVEX. */
  readonly vector: boolean;
  readonly modRm: number | undefined;
  /** Offset of the immediate or the distance. */
  readonly immediateAt: number;
  readonly end: number;
  readonly form: string;
}

/**
 * Decodes one x86-64 instruction (Intel SDM vol. 2, chapter 2 and appendix A). Undefined for what is not an
 * instruction, what no compiler emits, and what `code` cuts off: a caller then must not go on.
 */
export function decodeX64(code: Uint8Array, offset: number, address: number): Instruction | undefined {
  const parts = split(code, offset);
  if (parts === undefined || parts.end > code.length || parts.end - offset > maxLength) return undefined;
  const length = parts.end - offset;
  const { form, map, opcode, modRm } = parts;
  if (form === 'j' || form === 'J') {
    const view = new DataView(code.buffer, code.byteOffset + parts.immediateAt);
    const distance = form === 'j' ? view.getInt8(0) : view.getInt32(0, true);
    return { kind: relativeKind(parts), length, target: address + length + distance };
  }
  if (map === 0 && !parts.vector) {
    const kind = oneByteKind(opcode, modRm, parts);
    const testsResult = opcode === 0x85 && modRm === 0xc0 && length === 2;
    return {
      kind,
      length,
      ...writesOf(parts),
      ...operandsOf(parts, code),
      ...(testsResult && { testsResult }),
    };
  }
  if (map === 1 && opcode === 0x0b) return { kind: 'trap', length };
  const endbr = map === 1 && opcode === 0x1e && modRm === 0xfa && parts.prefixes.has(0xf3);
  const greater = map === 1 && opcode === 0x4f && modRm !== undefined && modRm >> 6 !== 3 && parts.rex === 0;
  return {
    kind: endbr ? 'endbr' : 'other',
    length,
    ...writesOf(parts),
    ...(greater && { loadsIfGreater: (modRm >> 3) & 7 }),
  };
}

/** The kernel emulates branches with any prefix but 66; linkers write `67 call` for calls that went through a table. */
function relativeKind({ map, opcode, prefixes }: Parts): InstructionKind {
  // loop and jrcxz look at rcx: not emulated.
  const loop = map === 0 && opcode >= 0xe0 && opcode <= 0xe3;
  if (loop || prefixes.has(operandPrefix)) return 'other-branch';
  if (map === 0 && opcode === 0xe8) return 'call';
  return map === 0 && opcode >= 0xe9 ? 'jump' : 'branch';
}

function oneByteKind(opcode: number, modRm: number | undefined, { prefixes }: Parts): InstructionKind {
  // A 16-bit push moves the stack otherwise.
  if (opcode >= 0x50 && opcode <= 0x57) return prefixes.size === 0 ? 'push' : 'other';
  if ([0xc2, 0xc3, 0xca, 0xcb, 0xcf].includes(opcode)) return 'return';
  if (opcode === 0xcc || opcode === 0xf4) return 'trap';
  const member = modRm === undefined ? -1 : (modRm >> 3) & 7;
  if (opcode === 0xff && (member === 4 || member === 5)) return 'indirect';
  if (opcode === 0xff && (member === 2 || member === 3)) return 'indirect-call';
  if ((opcode >= 0x38 && opcode <= 0x3d) || [0x84, 0x85, 0xa8, 0xa9].includes(opcode)) return 'compare';
  if ([0x80, 0x81, 0x83].includes(opcode) && member === 7) return 'compare';
  if ((opcode === 0xf6 || opcode === 0xf7) && member < 2) return 'compare';
  return 'other';
}

/** General registers that may change; nothing when that is not known. */
function writesOf({ map, opcode, modRm, rex, vector }: Parts): { writes?: number } {
  if (vector) return {};
  const register = modRm === undefined ? 0 : 1 << (((modRm >> 3) & 7) | ((rex & 4) << 1));
  const operand =
    modRm !== undefined && modRm >> 6 === 3 ? 1 << ((modRm & 7) | ((rex & 1) << 3)) : written.memory;
  const low = 1 << ((opcode & 7) | ((rex & 1) << 3));
  if (map === 0) {
    if (opcode < 0x40 && (opcode & 7) < 6) {
      if (opcode >= 0x38) return { writes: 0 };
      return {
        writes:
          (opcode & 7) < 2
            ? byteRegister(operand, opcode, rex)
            : (opcode & 7) < 4
              ? byteRegister(register, opcode, rex)
              : written.rax,
      };
    }
    if (opcode >= 0x50 && opcode <= 0x57) return { writes: written.rsp | written.memory };
    if (opcode >= 0x58 && opcode <= 0x5f) return { writes: written.rsp | low };
    if ([0x63, 0x8b, 0x8d].includes(opcode)) return { writes: register };
    if ([0x84, 0x85, 0xa8, 0xa9].includes(opcode) || (opcode === 0x90 && rex === 0)) return { writes: 0 };
    if (opcode === 0x89 || opcode === 0xc7) return { writes: operand };
    if (opcode === 0x88 || opcode === 0xc6) return { writes: byteRegister(operand, 0, rex) };
    if (opcode === 0x8a) return { writes: byteRegister(register, 0, rex) };
    if (opcode === 0x81 || opcode === 0x83 || opcode === 0x80) {
      const compare = modRm !== undefined && ((modRm >> 3) & 7) === 7;
      return { writes: compare ? 0 : byteRegister(operand, opcode === 0x80 ? 0 : 1, rex) };
    }
    if ((opcode === 0xf6 || opcode === 0xf7) && modRm !== undefined && ((modRm >> 3) & 7) < 2)
      return { writes: 0 };
    if (opcode >= 0xb8 && opcode <= 0xbf) return { writes: low };
    return {};
  }
  if (map !== 1) return {};
  // Moves between vector registers and memory, and nops.
  if ([0x10, 0x28, 0x57, 0x6f, 0xef, 0x1e, 0x1f].includes(opcode)) return { writes: 0 };
  if (opcode === 0x11 || opcode === 0x29) return { writes: written.memory };
  if (opcode >= 0x40 && opcode <= 0x4f) return { writes: register };
  if ([0xb6, 0xb7, 0xbe, 0xbf, 0xaf].includes(opcode)) return { writes: register };
  return {};
}

/** Where a value comes from and goes to, of the instructions with which compilers pass arguments. */
function operandsOf(
  { opcode, modRm, rex, prefixes, immediateAt }: Parts,
  code: Uint8Array,
): Pick<Instruction, 'sets' | 'stacks'> {
  if (prefixes.size > 0) return {};
  const low = (opcode & 7) | ((rex & 1) << 3);
  if (opcode >= 0x50 && opcode <= 0x57) return { stacks: low };
  if (opcode >= 0xb8 && opcode <= 0xbf) {
    if ((rex & 8) !== 0) return {};
    return {
      sets: {
        register: low,
        value: new DataView(code.buffer, code.byteOffset + immediateAt).getUint32(0, true),
      },
    };
  }
  if (modRm === undefined) return {};
  const register = ((modRm >> 3) & 7) | ((rex & 4) << 1);
  if (modRm >> 6 !== 3) {
    const sib = code[immediateAt - 1];
    // mov [rsp], register
    return opcode === 0x89 && modRm >> 6 === 0 && (modRm & 7) === 4 && sib === 0x24 && (rex & 0xa) === 8
      ? { stacks: register }
      : {};
  }
  const operand = (modRm & 7) | ((rex & 1) << 3);
  if (opcode === 0x89) return { sets: { register: operand, from: register } };
  if (opcode === 0x8b) return { sets: { register, from: operand } };
  if ((opcode === 0x31 || opcode === 0x33) && register === operand) return { sets: { register, value: 0 } };
  return {};
}

/** Byte operations without REX name AH, CH, DH, BH by the numbers 4–7. */
function byteRegister(mask: number, opcode: number, rex: number): number {
  const byteOperation = (opcode & 1) === 0;
  return byteOperation && rex === 0 && mask > 1 << 3 && mask < written.memory ? mask | (mask >> 4) : mask;
}

function split(code: Uint8Array, offset: number): Parts | undefined {
  const prefixes = new Set<number>();
  let at = offset;
  for (let byte = code[at]; byte !== undefined && legacyPrefixes.has(byte); byte = code[++at]) {
    prefixes.add(byte);
    if (at - offset >= maxLength) return undefined;
  }
  let rex = 0;
  const first = code[at];
  if (first !== undefined && first >> 4 === 4) {
    rex = first;
    at++;
  }
  let opcode = code[at++];
  if (opcode === undefined) return undefined;
  let map = 0;
  let vector = false;
  if (opcode === 0xc5 || opcode === 0xc4 || opcode === 0x62) {
    if (rex !== 0 || prefixes.has(operandPrefix)) return undefined;
    vector = true;
    const payload = code[at];
    if (payload === undefined) return undefined;
    map = opcode === 0xc5 ? 1 : payload & (opcode === 0xc4 ? 31 : 7);
    at += opcode === 0xc5 ? 1 : opcode === 0xc4 ? 2 : 3;
    // Maps 5 and 6 are half-precision arithmetic: ModRM and nothing else.
    if (![1, 2, 3].includes(map) && !(opcode === 0x62 && (map === 5 || map === 6))) return undefined;
    opcode = code[at++];
  } else if (opcode === 0x0f) {
    map = 1;
    opcode = code[at++];
    if (opcode === 0x38 || opcode === 0x3a) {
      map = opcode === 0x38 ? 2 : 3;
      opcode = code[at++];
    }
  }
  if (opcode === undefined) return undefined;
  const form = formOf(map, opcode, vector);
  let modRm: number | undefined;
  if ('mBZgG'.includes(form)) {
    modRm = code[at];
    const end = skipModRm(code, at);
    if (modRm === undefined || end === undefined) return undefined;
    at = end;
  }
  // Pop has one form; the others are AMD's withdrawn XOP instructions, of another length.
  if (map === 0 && opcode === 0x8f && modRm !== undefined && ((modRm >> 3) & 7) !== 0) return undefined;
  const size = immediateBytes(form, modRm, rex, prefixes);
  if (size === undefined) return undefined;
  return { prefixes, rex, map, opcode, vector, modRm, immediateAt: at, end: at + size, form };
}

function formOf(map: number, opcode: number, vector: boolean): string {
  if (map === 0) return oneByte[opcode] ?? 'x';
  if (map === 1) {
    const form = twoBytes[opcode] ?? 'x';
    // Of the vector instructions only vzeroupper has no operands; where others of this map lie, there are moves of masks.
    return vector && form !== 'B' ? (opcode === 0x77 ? '.' : 'm') : form;
  }
  return map === 3 ? 'B' : 'm';
}

/** Undefined for what is no instruction. */
function immediateBytes(
  form: string,
  modRm: number | undefined,
  rex: number,
  prefixes: ReadonlySet<number>,
): number | undefined {
  const short = prefixes.has(operandPrefix);
  const first = modRm !== undefined && ((modRm >> 3) & 7) < 2;
  switch (form) {
    case '.':
    case 'm':
      return 0;
    case 'B':
    case 'b':
    case 'j':
      return 1;
    case 'w':
      return 2;
    case 'e':
      return 3;
    case 'Z':
    case 'z':
      return short && (rex & 8) === 0 ? 2 : 4;
    case 'v':
      return (rex & 8) !== 0 ? 8 : short ? 2 : 4;
    case 'o':
      return prefixes.has(addressPrefix) ? 4 : 8;
    case 'J':
      // Processors of different makers read the 16-bit form differently.
      return short ? undefined : 4;
    case 'g':
      return first ? 1 : 0;
    case 'G':
      return first ? (short && (rex & 8) === 0 ? 2 : 4) : 0;
    default:
      return undefined;
  }
}

/** Offset behind a ModRM byte with its SIB byte and displacement. */
function skipModRm(code: Uint8Array, offset: number): number | undefined {
  const modRm = code[offset];
  if (modRm === undefined) return undefined;
  const mode = modRm >> 6;
  const base = modRm & 7;
  let end = offset + 1;
  if (mode === 3) return end;
  let sibBase = -1;
  if (base === 4) {
    const sib = code[end++];
    if (sib === undefined) return undefined;
    sibBase = sib & 7;
  }
  if (mode === 1) return end + 1;
  if (mode === 2) return end + 4;
  return base === 5 || sibBase === 5 ? end + 4 : end;
}
