/** Inputs over all fuzz tests together. FUZZ_INPUTS sets another number. @default 1000000 */
const total = Number(process.env.FUZZ_INPUTS ?? 1_000_000);

/** What each parser gets of it. */
const shares = {
  'record streams': 0.2,
  'HTTP/1': 0.2,
  'HTTP/2': 0.15,
  HPACK: 0.15,
  PROXY: 0.2,
  ELF: 0.1,
} as const;

/** A whole number from 0 to below `limit`. */
export type Below = (limit: number) => number;

/** mulberry32: small, seeded, so that a failure can be repeated. */
export function randomBelow(seed: number): Below {
  let state = seed;
  return limit => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/**
 * Calls `run` for every input of this parser, with random numbers seeded by the clock. What it throws is thrown on
 * with the seed, the run and what `run` noted about the input.
 */
export function fuzz(
  parser: keyof typeof shares,
  run: (below: Below, note: (input: string) => void) => void,
): void {
  const seed = Date.now() >>> 0;
  const below = randomBelow(seed);
  for (let index = 0; index < Math.ceil(total * shares[parser]); index++) {
    let input = '';
    try {
      run(below, text => {
        input += text;
      });
    } catch (error) {
      throw new Error(`${parser}, seed ${seed}, run ${index}: ${input}`, { cause: error });
    }
  }
}

/** At most `most` bytes of `bytes` changed, in a copy. */
export function damaged(bytes: Uint8Array, below: Below, most: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0)
    for (let count = below(most + 1); count > 0; count--) copy[below(copy.length)] = below(256);
  return copy;
}
