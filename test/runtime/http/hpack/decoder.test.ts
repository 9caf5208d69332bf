import { expect } from 'chai';
import { type HpackBlock, HpackDecoder } from '../../../../runtime/http/hpack/decoder.ts';
import type { HpackErrorKind } from '../../../../runtime/http/hpack/hpack-error.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = ({ fields }: HpackBlock): string[] => fields.map(({ name, value }) => `${name}: ${value}`);

/** Literal with incremental indexing, new name; octets up to 126. */
function insert(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x40, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

/** An integer after a prefix that is full, RFC 7541 §5.1. */
function integer(first: number, prefixBits: number, value: number): Buffer {
  const octets = [first | (2 ** prefixBits - 1)];
  let rest = value - (2 ** prefixBits - 1);
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) | 0x80);
  return Buffer.from([...octets, rest]);
}

describe('HPACK decoder', () => {
  const errors: readonly (readonly [string, string, HpackErrorKind, number])[] = [
    ['index 0', '82 80', 'index-zero', 1],
    ['an index beyond an empty table', '82 be', 'index-out-of-range', 1],
    ['a name index beyond the table', '7f 00 01 61', 'index-out-of-range', 0],
    ['an integer that never ends', '82 ff 80808080808080', 'integer-too-large', 1],
    ['an integer above 2^31 - 1', 'ff ffffffff7f', 'integer-too-large', 0],
    ['a string longer than the block', '00 01 61 05 62', 'truncated', 0],
    ['a missing value', '82 44', 'truncated', 1],
    ['a cut integer', 'ff', 'truncated', 0],
    ['invalid Huffman padding', '00 01 61 81 00', 'invalid-huffman', 0],
    ['a size update after a field', '82 20', 'misplaced-size-update', 1],
  ];
  for (const [what, block, kind, offset] of errors) {
    it(`names ${what} as ${kind}, at its offset`, () => {
      expect(new HpackDecoder().decode(hex(block)).error).to.deep.equal({ kind, offset });
    });
  }

  it('gives the fields before an error and resolves nothing across it', () => {
    const decoder = new HpackDecoder();
    decoder.decode(insert('a', 'b'));
    const decoded = decoder.decode(hex('82 be 00 01 61 05 62'));
    expect(text(decoded)).to.deep.equal([':method: GET', 'a: b']);
    expect(decoder.decode(hex('be')).unknown).to.equal(1);
  });

  it('takes two size updates at the start of a block (RFC 7541 §4.2)', () => {
    const decoder = new HpackDecoder();
    decoder.decode(insert('a', 'b'));
    const decoded = decoder.decode(Buffer.concat([hex('20 3f e1 1f'), insert('c', 'd'), hex('be')]));
    expect(text(decoded)).to.deep.equal(['c: d', 'c: d']);
    expect(decoder.decode(hex('bf')).error?.kind).to.equal('index-out-of-range');
  });

  it('empties the table for an entry that is larger than it (RFC 7541 §4.4)', () => {
    const decoder = new HpackDecoder();
    decoder.decode(Buffer.concat([integer(0x20, 5, 64), insert('a', 'b')]));
    expect(text(decoder.decode(insert('large', 'x'.repeat(60))))).to.deep.equal([`large: ${'x'.repeat(60)}`]);
    expect(decoder.tableBytes).to.equal(0);
    expect(decoder.decode(hex('be')).error?.kind).to.equal('index-out-of-range');
  });

  it('keeps no more of a large table than its own limit, and knows what it dropped', () => {
    const decoder = new HpackDecoder({ tableBytes: 100 });
    decoder.decode(integer(0x20, 5, 1_000_000));
    for (let number = 0; number < 10; number++) decoder.decode(insert(`name-${number}`, 'v'.repeat(10)));
    expect(decoder.tableBytes).to.be.at.most(100);
    expect(text(decoder.decode(hex('be bf')))).to.deep.equal([
      `name-9: ${'v'.repeat(10)}`,
      `name-8: ${'v'.repeat(10)}`,
    ]);
    const older = decoder.decode(hex('c0'));
    expect(older.error).to.equal(undefined);
    expect(older.unknown).to.equal(1);
  });

  it('skips a string beyond its limit without losing its place in the table', () => {
    const decoder = new HpackDecoder({ stringBytes: 100 });
    const long = Buffer.concat([hex('40 01 61'), integer(0, 7, 5000), Buffer.alloc(5000, 'x')]);
    decoder.decode(integer(0x20, 5, 65_536));
    const decoded = decoder.decode(
      Buffer.concat([insert('first', '1'), long, insert('last', '2'), hex('c0 bf be')]),
    );
    expect(decoded.unknown).to.equal(2);
    expect(text(decoded)).to.deep.equal([
      'first: 1',
      'a: undefined',
      'last: 2',
      'first: 1',
      'a: undefined',
      'last: 2',
    ]);
  });

  it('knows strings as long as those that servers allow, in the code of Huffman too', () => {
    const decoder = new HpackDecoder();
    const plain = Buffer.concat([hex('00 01 61'), integer(0, 7, 30_000), Buffer.alloc(30_000, 'x')]);
    // Eight symbols `0` of five bits each.
    const coded = Buffer.concat([hex('00 01 62'), integer(0x80, 7, 20_000), Buffer.alloc(20_000, 0)]);
    const { fields, unknown } = decoder.decode(Buffer.concat([plain, coded]));
    expect(unknown).to.equal(0);
    expect(fields.map(({ value }) => value?.toString())).to.deep.equal([
      'x'.repeat(30_000),
      '0'.repeat(32_000),
    ]);
  });

  it('counts a value that alone is beyond the limit of the list as dropped', () => {
    const long = Buffer.concat([hex('00 01 61'), integer(0, 7, 70_000), Buffer.alloc(70_000, 'x')]);
    expect(new HpackDecoder().decode(long)).to.deep.include({ fields: [], unknown: 0, dropped: 1 });
  });

  it('stops collecting at the list limit, but not decoding: a small block cannot become a large list', () => {
    const decoder = new HpackDecoder();
    decoder.decode(integer(0x20, 5, 65_536));
    const value = Buffer.concat([hex('40 01 61'), integer(0, 7, 4000), Buffer.alloc(4000, 'x')]);
    const decoded = decoder.decode(Buffer.concat([value, Buffer.alloc(60_000, 0xbe), insert('end', '1')]));
    expect(decoded.fields.length).to.equal(16);
    expect(decoded.dropped).to.equal(60_002 - 16);
    expect(text(decoder.decode(hex('be')))).to.deep.equal(['end: 1']);
  });

  describe('joined late', () => {
    const late = (): HpackDecoder => new HpackDecoder({ fromStart: false });

    it('resolves what was inserted since, and nothing older', () => {
      const decoder = late();
      const decoded = decoder.decode(Buffer.concat([hex('be'), insert('a', 'b'), hex('be bf')]));
      expect(text(decoded)).to.deep.equal(['undefined: undefined', 'a: b', 'a: b', 'undefined: undefined']);
      expect(decoded.error).to.equal(undefined);
    });

    it('keeps the value of a literal whose name it cannot know, in its place in the table', () => {
      const decoded = late().decode(Buffer.concat([hex('7e 01 76'), insert('a', 'b'), hex('bf be')]));
      expect(text(decoded)).to.deep.equal(['undefined: v', 'a: b', 'undefined: v', 'a: b']);
      expect(decoded.unknown).to.equal(2);
    });

    it('knows the whole table again once a size update has emptied it', () => {
      const decoder = late();
      decoder.decode(Buffer.concat([hex('20'), integer(0x20, 5, 4096), insert('a', 'b')]));
      expect(decoder.decode(hex('bf')).error?.kind).to.equal('index-out-of-range');
    });

    it('keeps less when the other endpoint is known to allow less', () => {
      const decoder = late();
      for (let number = 0; number < 100; number++) decoder.decode(insert(`name-${number}`, 'v'.repeat(10)));
      expect(decoder.tableBytes).to.be.above(4096);
      decoder.limitCapacity(4096);
      expect(decoder.tableBytes).to.be.at.most(4096);
      expect(text(decoder.decode(hex('be')))).to.deep.equal([`name-99: ${'v'.repeat(10)}`]);
    });
  });
});
