import { expect } from 'chai';
import { bufferSource } from '../../../../../runtime/agent/capture/elf/byte-source.ts';
import { machines, parseElf } from '../../../../../runtime/agent/capture/elf/elf-file.ts';
import { lengthSources } from '../../../../../runtime/agent/capture/openssl/interfaces.ts';
import { type CallEnds, findProbePoints } from '../../../../../runtime/agent/capture/openssl/probe-points.ts';
import { addressBias, buildElf, codeBase, codeStep } from '../elf-builder.ts';

const endbr64 = [0xf3, 0x0f, 0x1e, 0xfa];
const subRsp = [0x48, 0x83, 0xec, 0x18];
const pushR15 = [0x41, 0x57];
const ret = [0xc3];

/** call rel32 in function `from`, `before` bytes into it, to function `to`. */
function call(from: number, before: number, to: number): number[] {
  const bytes = Buffer.alloc(5);
  bytes[0] = 0xe8;
  bytes.writeInt32LE((to - from) * codeStep - before - 5, 1);
  return [...bytes];
}

function offsetOf(index: number): number {
  return codeBase + index * codeStep - addressBias;
}

function points(
  functions: Record<string, number[]>,
  machine: number = machines.x64,
  ends: CallEnds = 'return-probes',
) {
  return findProbePoints(parseElf(bufferSource(buildElf({ machine, functions }))), ends);
}

/** movslq %edx,%rdx; test %edx,%edx; js +2: what OpenSSL's SSL_read does before it calls the internal function. */
const checks = [0x85, 0xd2, 0x78, 0x02, 0x48, 0x63, 0xd2];

describe('findProbePoints', () => {
  it('probes the push of the internal function that both exported ones call', () => {
    const library = {
      SSL_read: [...subRsp, ...checks, ...call(0, 11, 4), ...ret],
      SSL_read_ex: [...subRsp, ...call(1, 4, 4), ...ret],
      SSL_write: [...endbr64, ...subRsp, ...checks, ...call(2, 15, 5), ...ret],
      SSL_write_ex: [...endbr64, ...subRsp, ...call(3, 8, 5), ...ret],
      internal_read: [...pushR15, ...ret],
      internal_write: [...endbr64, 0x55, ...ret],
    };
    expect(points(library)).to.deep.equal([
      {
        operation: 'read',
        functionName: 'callee of SSL_read',
        fileOffset: offsetOf(4),
        lengthSource: lengthSources.argument4,
        emulated: true,
      },
      {
        operation: 'write',
        functionName: 'callee of SSL_write',
        fileOffset: offsetOf(5) + 4,
        lengthSource: lengthSources.argument4,
        emulated: true,
      },
    ]);
  });

  it('reads the length from the fifth argument when the library is OpenSSL 3.3 or newer', () => {
    const library = {
      SSL_read: [...subRsp, ...call(0, 4, 5), ...ret],
      SSL_read_ex: [...subRsp, ...call(1, 4, 5), ...ret],
      SSL_write: [...subRsp, ...call(2, 4, 6), ...ret],
      SSL_write_ex: [...subRsp, ...call(3, 4, 6), ...ret],
      SSL_write_ex2: [...subRsp, ...call(4, 4, 6), ...ret],
      internal_read: [...pushR15, ...ret],
      internal_write: [...pushR15, ...ret],
    };
    expect(points(library).map(point => point.lengthSource)).to.deep.equal([
      lengthSources.argument4,
      lengthSources.argument5,
    ]);
  });

  it('probes the exported functions when the internal one was inlined', () => {
    const library = {
      // A helper that both call behind a branch proves nothing.
      SSL_read: [0x55, 0x48, 0x85, 0xff, 0x74, 0x05, ...call(0, 6, 4), ...ret],
      SSL_read_ex: [0x48, 0x85, 0xff, 0x74, 0x05, ...call(1, 5, 4), ...ret],
      SSL_write: [...subRsp, ...ret],
      SSL_write_ex: [...subRsp, ...ret],
      helper: [...pushR15, ...ret],
    };
    expect(
      points(library).map(point => [point.functionName, point.fileOffset, point.emulated]),
    ).to.deep.equal([
      ['SSL_read', offsetOf(0), true],
      // `test` changes neither stack nor arguments: the branch behind it can be emulated.
      ['SSL_read_ex', offsetOf(1) + 3, true],
      ['SSL_write', offsetOf(2), false],
      ['SSL_write_ex', offsetOf(3), false],
    ]);
  });

  it('probes both exported functions where one calls the other: the inner return counts, the outer finds no call under way', () => {
    const library = {
      SSL_read: [...pushR15, ...ret],
      SSL_read_ex: [0x51, ...call(1, 1, 0), 0x59, ...ret],
      SSL_write: [...pushR15, ...ret],
      SSL_write_ex: [0x51, ...call(3, 1, 2), 0x59, ...ret],
    };
    for (const ends of ['return-probes', 'code'] as const) {
      expect(
        points(library, machines.x64, ends).map(one => [one.functionName, one.lengthSource]),
      ).to.deep.equal([
        ['SSL_read', lengthSources.returned],
        ['SSL_read_ex', lengthSources.argument4],
        ['SSL_write', lengthSources.returned],
        ['SSL_write_ex', lengthSources.argument4],
      ]);
    }
  });

  it('knows calls that a linker has padded with a prefix, as in libraries built with -fno-plt', () => {
    const padded = (from: number, before: number, to: number) => [0x67, ...call(from, before + 1, to)];
    const library = {
      SSL_read: [...subRsp, ...padded(0, 4, 4), 0x85, 0xc0, 0x7e, 0x00, ...ret],
      SSL_read_ex: [0x50, ...padded(1, 1, 4), ...ret],
      SSL_write: [...subRsp, ...padded(2, 4, 5), 0x85, 0xc0, 0x7e, 0x00, ...ret],
      SSL_write_ex: [0x50, ...padded(3, 1, 5), ...ret],
      internal_read: [...pushR15, ...ret],
      internal_write: [...pushR15, ...ret],
    };
    expect(points(library).map(one => one.fileOffset)).to.deep.equal([offsetOf(4), offsetOf(5)]);
    expect(
      points(library, machines.x64, 'code').map(one => [one.functionName, one.fileOffset, one.exits]),
    ).to.deep.equal([
      ['SSL_read', offsetOf(0) + 4, [offsetOf(0) + 12]],
      ['SSL_read_ex', offsetOf(1) + 1, [offsetOf(1) + 7]],
      ['SSL_write', offsetOf(2) + 4, [offsetOf(2) + 12]],
      ['SSL_write_ex', offsetOf(3) + 1, [offsetOf(3) + 7]],
    ]);
  });

  it('follows bl on arm64', () => {
    const word = (value: number) => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
    const stp = word(0xa9be7bfd);
    const bl = (from: number, before: number, to: number) =>
      word(0x94000000 | ((((to - from) * codeStep - before) / 4) & 0x03ffffff));
    const library = {
      SSL_read: [...stp, ...bl(0, 4, 4), ...word(0xd65f03c0)],
      SSL_read_ex: [...stp, ...bl(1, 4, 4), ...word(0xd65f03c0)],
      SSL_write: [...stp, ...bl(2, 4, 5), ...word(0xd65f03c0)],
      SSL_write_ex: [...stp, ...bl(3, 4, 5), ...word(0xd65f03c0)],
      internal_read: stp,
      internal_write: stp,
    };
    expect(points(library, machines.arm64).map(point => point.fileOffset)).to.deep.equal([
      offsetOf(4),
      offsetOf(5),
    ]);
  });

  it('follows no return probe to an internal function that begins slowly: it takes the calls of it, wherever they are', () => {
    // test eax, eax; jle +1
    const branch = [0x85, 0xc0, 0x7e, 0x01, 0x90, ...ret];
    // test eax, eax; cmovg eax, [rsp]; jne +1: the result is still positive when bytes came
    const greater = [0x85, 0xc0, 0x0f, 0x4f, 0x04, 0x24, 0x75, 0x01, 0x90, ...ret];
    const library = {
      SSL_read: [...subRsp, ...call(0, 4, 5), ...greater],
      SSL_read_ex: [...subRsp, ...call(1, 4, 5), 0x31, 0xd2, 0x85, 0xc0, 0x0f, 0x48, 0xc2, ...ret],
      SSL_write: [...subRsp, ...call(2, 4, 6), ...branch],
      SSL_write_ex: [...subRsp, ...call(3, 4, 6), 0x31, 0xc0, 0x75, 0x00, ...ret],
      // The SSL BIO; before its call, a constant with the bytes of one (mov rax, imm64).
      bio_read: [0x48, 0xb8, ...call(4, 2, 5), 0, 0, 0, ...call(4, 10, 5), ...branch],
      internal_read: [...subRsp, ...ret],
      internal_write: [...subRsp, ...ret],
    };
    const expected = [
      ['SSL_read', offsetOf(0) + 4, [offsetOf(0) + 15], true],
      ['SSL_read_ex', offsetOf(1) + 4, [offsetOf(1) + 9], false],
      ['caller of the callee of SSL_read', offsetOf(4) + 10, [offsetOf(4) + 17], true],
      ['SSL_write', offsetOf(2) + 4, [offsetOf(2) + 11], true],
      ['SSL_write_ex', offsetOf(3) + 4, [offsetOf(3) + 9], false],
    ];
    for (const ends of ['return-probes', 'code'] as const) {
      expect(
        points(library, machines.x64, ends).map(one => [
          one.functionName,
          one.fileOffset,
          one.exits,
          one.emulated,
        ]),
      ).to.deep.equal(expected);
    }
  });

  describe('without return probes, in a program where the internal function was inlined', () => {
    // push rbx; test edi, edi; js +4 …; pop rbx; ret
    const body = [0x53, 0x85, 0xff, 0x78, 0x01, 0x90, 0x5b, ...ret];
    const found = (functions: Record<string, number[]>) =>
      points(functions, machines.x64, 'code').map(one => [one.functionName, one.fileOffset, one.exits]);

    it('probes the entry and all returns, those of moved parts included', () => {
      const jumpToCold = [0x0f, 0x88, ...call(0, 2, 2).slice(1)];
      jumpToCold.splice(2, 4, ...Buffer.from(Int32Array.of(2 * codeStep - 1 - 6).buffer));
      const library = {
        SSL_read: [0x53, ...jumpToCold, 0x5b, ...ret],
        SSL_write: body,
        'SSL_read.cold': [0x31, 0xc0, 0x5b, ...ret],
      };
      expect(found(library)).to.deep.equal([
        ['SSL_read', offsetOf(0), [offsetOf(0) + 8, offsetOf(2) + 3]],
        ['SSL_write', offsetOf(1), [offsetOf(1) + 7]],
      ]);
    });

    it('places nothing where a function may end by jumping away', () => {
      expect(found({ SSL_read: [...body, 0xff, 0xe0], SSL_write: body })).to.deep.equal([]);
      const jumpToOther = [0xe9, ...Buffer.from(Int32Array.of(2 * codeStep - 8 - 5).buffer)];
      expect(found({ SSL_read: [...body, ...jumpToOther], SSL_write: body, other: body })).to.deep.equal([]);
    });

    it('places nothing where an instruction is unknown, the end cut, or a jump leads into the middle of one', () => {
      for (const bad of [
        [...body, 0x06],
        [...body, 0x48, 0xb8, 0],
        [0x53, 0x78, 0x01, 0x83, 0xc0, 0x01, ...ret],
      ]) {
        expect(found({ SSL_read: bad, SSL_write: body })).to.deep.equal([]);
      }
    });
  });

  it('finds nothing in a file without the functions', () => {
    expect(points({ other: ret })).to.deep.equal([]);
  });
});
