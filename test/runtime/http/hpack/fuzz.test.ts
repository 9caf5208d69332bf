import { HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import { readFixture } from './record/fixture.ts';
import { random } from './record/stories.ts';

/** HPACK_FUZZ_INPUTS: how many; 100000 unless told. */
const inputs = Number(process.env.HPACK_FUZZ_INPUTS ?? 100_000);
const tableBytes = 4096;
const listBytes = 8192;

describe(`HPACK decoder under ${inputs} random and mutated blocks`, () => {
  it('never throws and keeps to its limits', function () {
    this.timeout(Math.max(300_000, 2 * inputs));
    const seed = Date.now() >>> 0;
    const next = random(seed);
    const below = (limit: number): number => Math.floor(next() * limit);
    const real = readFixture().flatMap(({ sequences }) =>
      sequences.flatMap(({ blocks }) => blocks.map(({ block }) => block)),
    );
    let decoder = new HpackDecoder({ tableBytes, listBytes, stringBytes: 500 });
    for (let run = 0; run < inputs; run++) {
      if (below(20) === 0) decoder = new HpackDecoder({ tableBytes, listBytes, fromStart: below(2) === 0 });
      let block = Buffer.from(Array.from({ length: below(60) }, () => below(256)));
      if (below(3) > 0) {
        block = Buffer.from(real[below(real.length)] ?? []);
        for (let changes = below(5); changes > 0; changes--) block[below(block.length)] = below(256);
        if (below(8) === 0) block = block.subarray(0, below(block.length));
      }
      const where = `seed ${seed}, run ${run}: ${block.toString('hex')}`;
      try {
        if (below(30) === 0) decoder.limitCapacity(below(10_000));
        const { fields, unknown } = decoder.decode(block);
        const bytes = fields.reduce(
          (sum, { name, value }) => sum + (name?.length ?? 0) + (value?.length ?? 0) + 32,
          0,
        );
        if (bytes > listBytes) throw new Error(`a list of ${bytes} bytes`);
        if (decoder.tableBytes > tableBytes) throw new Error(`a table of ${decoder.tableBytes} bytes`);
        if (unknown !== fields.filter(f => f.name === undefined || f.value === undefined).length) {
          throw new Error(`${unknown} unknown fields counted`);
        }
      } catch (error) {
        throw new Error(where, { cause: error });
      }
    }
  });
});
