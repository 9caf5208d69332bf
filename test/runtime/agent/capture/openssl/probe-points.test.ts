import { expect } from 'chai';
import { bufferSource } from '../../../../../runtime/agent/capture/elf/byte-source.ts';
import { machines, parseElf } from '../../../../../runtime/agent/capture/elf/elf-file.ts';
import {
  findCallSitePoints,
  findProbePoints,
  lengthSources,
} from '../../../../../runtime/agent/capture/openssl/probe-points.ts';
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

function points(functions: Record<string, number[]>, machine: number = machines.x64) {
  return findProbePoints(parseElf(bufferSource(buildElf({ machine, functions }))));
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
      // push; …; a helper that both call behind a branch proves nothing.
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

  it('finds the calls of the internal functions and what follows them', () => {
    // test eax, eax; jle +1
    const branch = [0x85, 0xc0, 0x7e, 0x01, 0x90, ...ret];
    const library = {
      SSL_read: [...subRsp, ...call(0, 4, 4), ...branch],
      SSL_read_ex: [...subRsp, ...call(1, 4, 4), 0x31, 0xd2, ...ret],
      SSL_write: [...subRsp, ...call(2, 4, 5), ...branch],
      SSL_write_ex: [...subRsp, ...call(3, 4, 5), 0x31, 0xd2, ...ret],
      internal_read: [...pushR15, ...ret],
      internal_write: [...pushR15, ...ret],
    };
    const elf = parseElf(bufferSource(buildElf({ machine: machines.x64, functions: library })));
    const found = findCallSitePoints(elf);
    expect(found.map(one => [one.functionName, one.fileOffset, one.afterReturn, one.emulated])).to.deep.equal(
      [
        ['SSL_read', offsetOf(0) + 4, offsetOf(0) + 11, true],
        ['SSL_read_ex', offsetOf(1) + 4, offsetOf(1) + 9, false],
        ['SSL_write', offsetOf(2) + 4, offsetOf(2) + 11, true],
        ['SSL_write_ex', offsetOf(3) + 4, offsetOf(3) + 9, false],
      ],
    );
  });

  it('finds nothing in a file without the functions', () => {
    expect(points({ other: ret })).to.deep.equal([]);
  });
});
