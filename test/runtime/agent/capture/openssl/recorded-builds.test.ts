import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { bufferSource } from '../../../../../runtime/agent/capture/elf/byte-source.ts';
import { machines, parseElf } from '../../../../../runtime/agent/capture/elf/elf-file.ts';
import { lengthSources } from '../../../../../runtime/agent/capture/openssl/interfaces.ts';
import {
  type CallEnds,
  findProbePoints,
  type ProbePoint,
} from '../../../../../runtime/agent/capture/openssl/probe-points.ts';
import { addressBias, buildElf, codeBase } from '../elf-builder.ts';

/**
 * Machine code around the reads and writes of libraries that this machine may not be able to load: exported functions,
 * the beginning of the internal ones, and the SSL BIO, each at the distance it has from the others.
 */
interface RecordedBuild {
  readonly build: string;
  readonly functions: Readonly<Record<string, { readonly address: number; readonly code: string }>>;
}

const builds = JSON.parse(
  readFileSync(new URL('recorded-builds.json', import.meta.url), 'utf8'),
) as RecordedBuild[];

function find({ functions }: RecordedBuild, ends: CallEnds): (ProbePoint & { within: string })[] {
  // The unwind index is ordered by address.
  const sorted = Object.entries(functions).sort(([, a], [, b]) => a.address - b.address);
  const lowest = sorted[0]?.[1].address ?? 0;
  const places = sorted.map(([, { address }]) => address - lowest);
  const code = Object.fromEntries(sorted.map(([name, { code }]) => [name, [...Buffer.from(code, 'hex')]]));
  const file = buildElf({ machine: machines.x64, functions: code, placeOf: n => places[n] ?? 0 });
  const nameAt = (offset: number) => {
    const index = places.findLastIndex(place => offset >= codeBase - addressBias + place);
    return sorted[index]?.[0] ?? '';
  };
  return findProbePoints(parseElf(bufferSource(file)), ends).map(point => ({
    ...point,
    within: nameAt(point.fileOffset),
  }));
}

describe('recorded builds of libssl', () => {
  for (const recorded of builds) {
    it(`has the SSL BIO and all exported functions probed without return probes: ${recorded.build}`, () => {
      const points = find(recorded, 'code');
      const withCode = (operation: string) =>
        points.filter(one => one.operation === operation).map(one => one.within);
      expect(withCode('read')).to.have.members(['SSL_read', 'SSL_read_ex', 'bio_read']);
      expect(withCode('write')).to.have.members(['SSL_write', 'SSL_write_ex2', 'bio_write']);
      for (const { operation, lengthSource, exits } of points) {
        expect(lengthSource).to.equal(
          operation === 'read' ? lengthSources.argument4 : lengthSources.argument5,
        );
        expect(exits).to.have.length(1);
      }
    });

    it(`takes no second trap in SSL_read and SSL_write, with and without return probes: ${recorded.build}`, () => {
      for (const ends of ['sessions', 'return-probes', 'code'] as const) {
        for (const { within, emulated } of find(recorded, ends)) {
          if (!within.includes('_ex')) expect(emulated, within).to.equal(true);
        }
      }
    });
  }
});
