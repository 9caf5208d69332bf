import type { Instruction } from './x64-instruction.ts';

/**
 * Classifies one AArch64 instruction (Arm ARM, C4.1) as far as placing a probe is concerned. All are 4 bytes.
 * Undefined when `code` ends before.
 */
export function decodeArm64(code: Uint8Array, offset: number, address: number): Instruction | undefined {
  if (offset + 4 > code.length) return undefined;
  const word = new DataView(code.buffer, code.byteOffset + offset, 4).getUint32(0, true);
  const immediate26 = ((word & 0x03ffffff) << 6) >> 4;
  const top6 = word >>> 26;
  if (top6 === 0b100101) return { kind: 'call', length: 4, target: address + immediate26 };
  if (top6 === 0b000101) return { kind: 'jump', length: 4, target: address + immediate26 };
  // cbz, cbnz, tbz, tbnz; b.cond.
  const group = (word >>> 25) & 0b111111;
  if (group === 0b011010 || word >>> 24 === 0x54) {
    return { kind: 'branch', length: 4, target: address + (((word << 8) >> 13) << 2) };
  }
  if (group === 0b011011) {
    return { kind: 'branch', length: 4, target: address + (((word << 13) >> 18) << 2) };
  }
  // br, blr, ret and their forms with pointer authentication.
  if (word >>> 25 === 0b1101011) {
    const operation = (word >>> 21) & 7;
    return { kind: operation === 0 ? 'indirect' : operation === 1 ? 'other' : 'return', length: 4 };
  }
  return { kind: 'other', length: 4 };
}
