// Random parts of generated values. mulberry32: the same numbers in every run of one seed.
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(0, items.length - 1)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  digits(count: number): string {
    return this.text('0123456789', count);
  }

  text(alphabet: string, count: number): string {
    let text = '';
    for (let i = 0; i < count; i++) text += alphabet[this.int(0, alphabet.length - 1)];
    return text;
  }

  /** `#` a digit, `A` an upper-case letter, `a` a lower-case one, `x` a hexadecimal digit; others stand for themselves. */
  form(pattern: string): string {
    return pattern.replace(/[#Aax]/g, mark =>
      mark === '#'
        ? this.digits(1)
        : mark === 'A'
          ? this.text('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 1)
          : mark === 'a'
            ? this.text('abcdefghijklmnopqrstuvwxyz', 1)
            : this.text('0123456789abcdef', 1),
    );
  }
}
