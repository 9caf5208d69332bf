import { HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import { damaged, fuzz } from '../../fuzz.ts';
import { readFixture } from './record/fixture.ts';

const tableBytes = 4096;
const listBytes = 8192;

describe('HPACK decoder under random and mutated blocks', () => {
  it('never throws and keeps to its limits', function () {
    this.timeout(600_000);
    const real = readFixture().flatMap(({ sequences }) =>
      sequences.flatMap(({ blocks }) => blocks.map(({ block }) => block)),
    );
    let decoder = new HpackDecoder({ tableBytes, listBytes, stringBytes: 500 });
    fuzz('HPACK', (below, note) => {
      if (below(20) === 0) decoder = new HpackDecoder({ tableBytes, listBytes, fromStart: below(2) === 0 });
      let block: Buffer = Buffer.from(Array.from({ length: below(60) }, () => below(256)));
      if (below(3) > 0) {
        block = damaged(real[below(real.length)] as Buffer, below, 4);
        if (below(8) === 0) block = block.subarray(0, below(block.length + 1));
      }
      note(block.toString('hex'));
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
    });
  });
});
