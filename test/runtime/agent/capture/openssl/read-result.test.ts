import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { bufferSource } from '../../../../../runtime/agent/capture/elf/byte-source.ts';
import { machines, parseElf } from '../../../../../runtime/agent/capture/elf/elf-file.ts';
import { findReadResult } from '../../../../../runtime/agent/capture/openssl/read-result.ts';
import { addressBias, buildElf, codeBase } from '../elf-builder.ts';

/** The functions that call ssl_read_bytes, as compilers made them, at the distance they have from each other. */
interface RecordedReads {
  readonly build: string;
  /** Registers, read from the disassembly. `peek` is null where one function reads and another one peeks. */
  readonly session: string;
  readonly buffer: string;
  readonly lengthPointer: string;
  readonly peek: string | null;
  /** `probed`: offset of the branch behind the first call. The last one reads. */
  readonly functions: readonly {
    readonly distance: number;
    readonly probed: number;
    readonly code: string;
  }[];
}

const builds = JSON.parse(
  readFileSync(new URL('recorded-reads.json', import.meta.url), 'utf8'),
) as RecordedReads[];
const numbers: Readonly<Record<string, number>> = { rbx: 3, rbp: 5, r12: 12, r13: 13, r14: 14, r15: 15 };

function codeOf({ functions }: RecordedReads): number[][] {
  return functions.map(({ code }) => [...Buffer.from(code, 'hex')]);
}

function find(code: readonly number[][], distances: readonly number[] = [], machine: number = machines.x64) {
  const functions = Object.fromEntries(code.map((bytes, n) => [`function_${n}`, bytes]));
  const placeOf = (n: number) => distances[n] ?? n * 0x200;
  return findReadResult(parseElf(bufferSource(buildElf({ machine, functions, placeOf }))));
}

/** Every place of `from` in a function becomes `to`. */
function replaced(code: readonly number[], from: string, to: string): number[] {
  const hex = Buffer.from(code).toString('hex');
  expect(hex).to.include(from);
  return [...Buffer.from(hex.replaceAll(from, to), 'hex')];
}

describe('findReadResult', () => {
  for (const recorded of builds) {
    const { build, functions, session, buffer, lengthPointer, peek } = recorded;
    it(`finds the branch behind the call, and the registers with its arguments: ${build}`, () => {
      const reads = functions.at(-1);
      const result = find(
        codeOf(recorded),
        functions.map(one => one.distance),
      );
      expect(result).to.include({
        branch: codeBase - addressBias + (reads?.distance ?? 0) + (reads?.probed ?? 0),
        session: numbers[session],
        buffer: numbers[buffer],
        lengthPointer: numbers[lengthPointer],
        peek: peek === null ? undefined : numbers[peek],
      });
      // Behind the second call.
      const second = (result?.secondResult ?? 0) - (codeBase - addressBias) - (reads?.distance ?? 0);
      const before = Buffer.from(reads?.code ?? '', 'hex')
        .subarray(second - 6, second)
        .toString('hex');
      expect(before).to.match(/ff(?:50..|90........)$/);
    });
  }

  const debian = codeOf(builds.find(one => one.build.includes('3.0.20')) as RecordedReads)[0] ?? [];
  const split = codeOf(builds.find(one => one.build.includes('1.1.1g')) as RecordedReads);

  it('finds nothing where the code is not exactly so', () => {
    expect(find([debian])).to.not.equal(undefined);
    const changes: Record<string, number[]> = {
      'another type of record': replaced(debian, 'be17000000', 'be16000000'),
      'a register with an argument is restored before the branch': replaced(
        debian,
        '595e83f8ff',
        '5b5e83f8ff',
      ),
      'the result is gone before the branch': replaced(debian, '595e83f8ff', '585e83f8ff'),
      'the type that was read is wanted': replaced(debian, '31d24889df', '31c94889df'),
      'the buffer comes from a register that calls change': replaced(debian, '4889e9', '4889d1'),
      'nothing is put on the stack': replaced(debian, '4156ff5068', '9090ff5068'),
      'no second call': [...debian.slice(0, 0xb0), ...replaced(debian.slice(0xb0), 'ff5068', '909090')],
      'bytes that are no instruction': [0x06, ...debian],
      'it ends in the middle of an instruction': debian.slice(0, -1),
    };
    for (const [what, code] of Object.entries(changes)) expect(find([code]), what).to.equal(undefined);
  });

  it('finds nothing where a branch leads between the arguments', () => {
    // je, right at the start, to the instruction behind the first move.
    const call = Buffer.from(debian).indexOf(Buffer.from('ff5068', 'hex'));
    const first = Buffer.from(debian).indexOf(Buffer.from('4889e9', 'hex'));
    expect(first).to.be.lessThan(call);
    expect(find([[0x74, first + 3, ...debian]])).to.equal(undefined);
    expect(find([[0x74, first, ...debian]])).to.not.equal(undefined);
  });

  it('finds nothing where a branch leads behind one of the calls', () => {
    const { branch = 0, secondResult = 0 } = find([debian]) ?? {};
    const start = codeBase - addressBias;
    // je, right at the start.
    const led = (to: number) => find([[0x0f, 0x84, to & 0xff, to >> 8, 0, 0, ...debian]]);
    expect(led(branch - start)).to.equal(undefined);
    expect(led(Buffer.from(debian).indexOf(Buffer.from('ff5068', 'hex')) + 3)).to.equal(undefined);
    expect(led(secondResult - start)).to.equal(undefined);
    expect(led(0)).to.not.equal(undefined);
  });

  it('finds nothing where more functions, or other ones, do the same', () => {
    const [peeking = [], reading = []] = split;
    expect(find([peeking, reading])).to.not.equal(undefined);
    expect(find([debian, debian])).to.equal(undefined);
    expect(find([reading])).to.equal(undefined);
    expect(find([peeking])).to.equal(undefined);
    expect(find([reading, reading])).to.equal(undefined);
    expect(find([peeking, reading, debian])).to.equal(undefined);
  });

  it('finds nothing in code for other processors', () => {
    expect(find([debian], [], machines.arm64)).to.equal(undefined);
  });

  it('finds nothing, or registers that calls keep, in damaged code', () => {
    const damage = fc.array(fc.tuple(fc.nat(debian.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(damage, changes => {
        const code = [...debian];
        for (const [at, byte] of changes) code[at] = byte;
        const result = find([code]);
        if (result === undefined) return;
        const { session, buffer, lengthPointer, peek = 3 } = result;
        expect(Object.values(numbers)).to.include.members([session, buffer, lengthPointer, peek]);
      }),
      { numRuns: 2000 },
    );
  });
});
