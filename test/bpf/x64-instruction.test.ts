import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { expect } from 'chai';
import { withFileSource } from '../../runtime/agent/capture/elf/byte-source.ts';
import { parseElf, readCode } from '../../runtime/agent/capture/elf/elf-file.ts';
import { decodeX64 } from '../../runtime/agent/capture/elf/x64-instruction.ts';

/** Mnemonics that decide where probes go; operands that begin with `*` are indirect. */
const kinds: Readonly<Record<string, string>> = {
  call: 'call',
  jmp: 'jump',
  ret: 'return',
  endbr64: 'endbr',
};

/** Address and text of each instruction of .text, in runs without gaps. */
function disassemble(path: string): { address: number; text: string }[][] {
  const flags = ['-d', '--no-show-raw-insn', '-j', '.text', path];
  const listing = execFileSync('objdump', flags, { encoding: 'latin1', maxBuffer: 1 << 28 });
  const runs: { address: number; text: string }[][] = [[]];
  for (const line of listing.split('\n')) {
    const match = /^ +([0-9a-f]+):\t(.*)$/.exec(line);
    if (match) runs.at(-1)?.push({ address: Number.parseInt(match[1] ?? '', 16), text: match[2] ?? '' });
    else if (line === '') runs.push([]);
  }
  return runs;
}

/** Needs objdump (binutils, with the C compiler) and libssl3. */
describe('decodeX64', function () {
  this.timeout(120_000);

  it('finds the same instructions as objdump in all of this machine’s libssl', () => {
    const [path = ''] = globSync('/usr/lib/x86_64-linux-gnu/libssl.so.3');
    const differences: string[] = [];
    let compared = 0;
    withFileSource(path, source => {
      const elf = parseElf(source);
      for (const run of disassemble(path)) {
        const start = run[0]?.address ?? 0;
        const code = readCode(elf, start, (run.at(-1)?.address ?? 0) - start + 15);
        for (const [index, { address, text }] of run.entries()) {
          const next = run[index + 1]?.address;
          if (next === undefined) continue;
          const found = decodeX64(code, address - start, address);
          const [mnemonic = '', operand = ''] = text.trim().split(/\s+/);
          const kind = operand.startsWith('*') ? undefined : kinds[mnemonic];
          compared++;
          if (found?.length !== next - address || (kind !== undefined && found.kind !== kind)) {
            differences.push(`${address.toString(16)} ${text}: ${JSON.stringify(found)}`);
          }
        }
      }
    });
    expect(differences).to.deep.equal([]);
    expect(compared).to.be.above(50_000);
  });
});
