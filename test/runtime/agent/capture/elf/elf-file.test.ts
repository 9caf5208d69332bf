import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bufferSource, withFileSource } from '../../../../../runtime/agent/capture/elf/byte-source.ts';
import { ElfError, machines, parseElf } from '../../../../../runtime/agent/capture/elf/elf-file.ts';
import { findFunctions } from '../../../../../runtime/agent/capture/elf/symbols.ts';
import { findProbePoints } from '../../../../../runtime/agent/capture/openssl/probe-points.ts';
import { damaged, fuzz } from '../../../fuzz.ts';
import { buildElf } from '../elf-builder.ts';

const sample = buildElf({
  machine: machines.x64,
  functions: { SSL_read: [0x48, 0x83, 0xec, 0x18, 0xc3], SSL_write: [0x55, 0xc3] },
});

describe('parseElf', () => {
  it('finds exported functions and the build id', () => {
    const elf = parseElf(bufferSource(sample));
    const found = findFunctions(elf, ['SSL_read', 'SSL_write', 'SSL_read_ex']);
    expect([...found.keys()].sort()).to.deep.equal(['SSL_read', 'SSL_write']);
    expect(elf.buildId).to.equal('0102030405060708');
  });

  it('reads the program that runs this test', () => {
    withFileSource(process.execPath, source => {
      const elf = parseElf(source);
      expect(elf.machine).to.be.oneOf(Object.values(machines));
      expect(findFunctions(elf, ['SSL_read']).size).to.equal(1);
    });
  });

  it('needs no section headers: stripped of them, or cut before them, a file says the same', () => {
    withFileSource(process.execPath, source => {
      const wanted = findProbePoints(parseElf(source), 'sessions');
      expect(wanted).to.have.length.above(0);
      const header = Buffer.from(source.read(0, 64));
      const stripped = Buffer.from(header);
      stripped.writeBigUInt64LE(0n, 40);
      stripped.writeUInt16LE(0, 60);
      const read = (offset: number, length: number) =>
        offset === 0 && length === 64 ? stripped : source.read(offset, length);
      expect(findProbePoints(parseElf({ ...source, read }), 'sessions')).to.deep.equal(wanted);
      const size = Number(header.readBigUInt64LE(40)) + 64;
      expect(findProbePoints(parseElf({ ...source, size }), 'sessions')).to.deep.equal(wanted);
    });
  });

  it('says where a file is not ELF', () => {
    expect(() => parseElf(bufferSource(readFileSync('/etc/passwd').subarray(0, 100)))).to.throw(
      ElfError,
      'offset 0',
    );
    expect(() => parseElf(bufferSource(new Uint8Array(3)))).to.throw(ElfError, 'offset 0');
    const bits32 = Buffer.from(sample);
    bits32[4] = 1;
    expect(() => parseElf(bufferSource(bits32))).to.throw(ElfError, 'offset 4');
  });

  it('answers damaged files with an ElfError or a result, never with anything else', function () {
    this.timeout(600_000);
    fuzz('ELF', (below, note) => {
      const file = damaged(sample, below, 24);
      const bytes = below(3) === 0 ? file.subarray(0, below(file.length)) : file;
      note(bytes.toString('base64'));
      try {
        const elf = parseElf(bufferSource(bytes));
        for (const ends of ['sessions', 'return-probes', 'code'] as const) findProbePoints(elf, ends);
      } catch (error) {
        if (!(error instanceof ElfError)) throw error;
      }
    });
  });
});
