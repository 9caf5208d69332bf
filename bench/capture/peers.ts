// The programs that place their hooks where other tools do.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Compiles peers.bpf.c.
 * @param kind `pairs`: around system calls; `symbols`: on functions of the TLS library
 * @param folder where the object goes
 * @returns its path
 */
export function compilePeers(kind: 'pairs' | 'symbols', folder: string): string {
  const output = join(folder, `${kind}.bpf.o`);
  const include = join(import.meta.dirname, '..', '..', 'bpf', 'include');
  const machine = execFileSync('gcc', ['-dumpmachine'], { encoding: 'utf8' }).trim();
  const target = process.arch === 'arm64' ? 'arm64' : 'x86';
  const defines = [`-D__TARGET_ARCH_${target}`, ...(kind === 'pairs' ? ['-DPAIRS'] : [])];
  execFileSync('clang', [
    ...['-O2', '-g', '-target', 'bpf', '-mcpu=v3', ...defines, `-I${include}`, `-I/usr/include/${machine}`],
    ...['-c', join(import.meta.dirname, 'peers.bpf.c'), '-o', output],
  ]);
  return output;
}
