/**
 * How many different texts were added, in 256 bytes: HyperLogLog (Flajolet et al. 2007) with 2⁸ registers, standard error
 * 6.5 %, linear counting below 640. Merging takes the larger register: commutative, associative, idempotent.
 */
export class DistinctCounter {
  readonly registers: Uint8Array;

  constructor(registers = new Uint8Array(256)) {
    if (registers.length !== 256)
      throw new RangeError(`DistinctCounter needs 256 registers, got ${registers.length}`);
    this.registers = registers;
  }

  add(text: string): void {
    const hash = hash32(text);
    const index = hash & 255;
    const rank = Math.clz32((hash >>> 8) | 0) - 8 + 1;
    if (rank > (this.registers[index] as number)) this.registers[index] = rank;
  }

  merge(other: DistinctCounter): void {
    for (let i = 0; i < 256; i++)
      if ((other.registers[i] as number) > (this.registers[i] as number))
        this.registers[i] = other.registers[i] as number;
  }

  estimate(): number {
    let sum = 0;
    let zeros = 0;
    for (const register of this.registers) {
      sum += 2 ** -register;
      if (register === 0) zeros++;
    }
    const raw = ((0.7213 / (1 + 1.079 / 256)) * 256 * 256) / sum;
    return raw <= 640 && zeros > 0 ? 256 * Math.log(256 / zeros) : raw;
  }
}

/** FNV-1a with the finaliser of MurmurHash3: FNV alone leaves the low bits of short texts too regular for registers. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
