/** What an instruction does, as far as placing a probe is concerned. */
export type InstructionKind = 'push' | 'call' | 'jump' | 'branch' | 'return' | 'endbr' | 'compare' | 'other';

export interface Instruction {
  readonly kind: InstructionKind;
  /** Bytes, 1–15. */
  readonly length: number;
  /** Address that a relative call, jump or branch leads to. */
  readonly target?: number;
}

const prefixes: ReadonlySet<number> = new Set([
  0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65,
]);
/** 0F-map opcodes with a ModRM byte and no immediate: moves, nops, cmov, setcc, movzx/movsx, imul, bit tests, atomics. */
const twoByteModRm = [
  [0x10, 0x17],
  [0x1e, 0x1f],
  [0x28, 0x29],
  [0x40, 0x4f],
  [0x57, 0x57],
  [0x6e, 0x6f],
  [0x7e, 0x7f],
  [0x90, 0x9f],
  [0xa3, 0xa3],
  [0xab, 0xab],
  [0xaf, 0xb1],
  [0xb6, 0xb7],
  [0xbe, 0xc1],
  [0xd6, 0xd6],
  [0xef, 0xef],
] as const;

/**
 * Decodes one x86-64 instruction (Intel SDM vol. 2, appendix A): the subset that compilers emit at the start of
 * C functions. Undefined for everything else and for what `code` cuts off: a caller then must not go on.
 */
export function decodeX64(code: Uint8Array, offset: number, address: number): Instruction | undefined {
  let at = offset;
  while (prefixes.has(code[at] ?? -1) && at - offset < 4) at++;
  const wide = (code[at] ?? 0) >> 4 === 4 && ((code[at] ?? 0) & 8) !== 0;
  if ((code[at] ?? 0) >> 4 === 4) at++;
  const opcode = code[at++];
  if (opcode === undefined) return undefined;

  const finish = (end: number | undefined, kind: InstructionKind): Instruction | undefined =>
    end === undefined || end > code.length || end - offset > 15 ? undefined : { kind, length: end - offset };
  const relative = (size: 1 | 4, kind: InstructionKind): Instruction | undefined => {
    if (at + size > code.length) return undefined;
    const view = new DataView(code.buffer, code.byteOffset + at, size);
    const distance = size === 1 ? view.getInt8(0) : view.getInt32(0, true);
    const length = at + size - offset;
    return { kind, length, target: address + length + distance };
  };
  const modRm = (immediate: number): number | undefined => {
    const end = skipModRm(code, at);
    return end === undefined ? undefined : end + immediate;
  };
  const register = () => ((code[at] ?? 0) >> 3) & 7;
  const registersOnly = () => (code[at] ?? 0) >> 6 === 3;

  if (opcode < 0x40 && opcode !== 0x0f) {
    const form = opcode & 7;
    const compare = opcode >> 3 === 7;
    if (form < 4) return finish(modRm(0), compare && registersOnly() ? 'compare' : 'other');
    if (form === 4) return finish(at + 1, compare ? 'compare' : 'other');
    return form === 5 ? finish(at + 4, compare ? 'compare' : 'other') : undefined;
  }
  // A 16-bit push (66 prefix) moves the stack otherwise; the kernel emulates only the plain form, with or without REX.
  if (opcode >= 0x50 && opcode <= 0x57)
    return finish(at, at - offset <= 2 && code[offset] !== 0x66 ? 'push' : 'other');
  if (opcode >= 0x58 && opcode <= 0x5f) return finish(at, 'other');
  if (opcode >= 0x70 && opcode <= 0x7f) return relative(1, 'branch');
  if (opcode >= 0xb0 && opcode <= 0xb7) return finish(at + 1, 'other');
  if (opcode >= 0xb8 && opcode <= 0xbf) return finish(at + (wide ? 8 : 4), 'other');
  if (opcode >= 0xd0 && opcode <= 0xd3) return finish(modRm(0), 'other');
  if (opcode === 0x84 || opcode === 0x85) return finish(modRm(0), registersOnly() ? 'compare' : 'other');
  if (opcode >= 0x86 && opcode <= 0x8b) return finish(modRm(0), 'other');
  switch (opcode) {
    case 0x63:
    case 0x8d:
    case 0x8f:
    case 0xfe:
    case 0xff:
      return finish(modRm(0), 'other');
    case 0x68:
    case 0xa9:
      return finish(at + 4, 'other');
    case 0x6a:
    case 0xa8:
      return finish(at + 1, 'other');
    case 0x69:
    case 0x81:
    case 0xc7:
      return finish(modRm(4), 'other');
    case 0x6b:
    case 0x80:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6:
      return finish(modRm(1), 'other');
    case 0x90:
    case 0x98:
    case 0x99:
    case 0xc9:
      return finish(at, 'other');
    case 0xc2:
      return finish(at + 2, 'return');
    case 0xc3:
      return finish(at, 'return');
    case 0xe8:
      return relative(4, 'call');
    case 0xe9:
      return relative(4, 'jump');
    case 0xeb:
      return relative(1, 'jump');
    case 0xf6:
      return finish(modRm(register() < 2 ? 1 : 0), 'other');
    case 0xf7:
      return finish(modRm(register() < 2 ? 4 : 0), 'other');
    case 0x0f: {
      const second = code[at++];
      if (second === undefined) return undefined;
      if (second >= 0x80 && second <= 0x8f) return relative(4, 'branch');
      if (second === 0x1e && code[at] === 0xfa && code[offset] === 0xf3) return finish(at + 1, 'endbr');
      if (second === 0xba) return finish(modRm(1), 'other');
      return twoByteModRm.some(([low, high]) => second >= low && second <= high)
        ? finish(modRm(0), 'other')
        : undefined;
    }
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
