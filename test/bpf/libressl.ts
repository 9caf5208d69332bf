import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../tools/cache-folder.ts';

const version = '3.1.0';
/** The crate that carries the release's unchanged source archive. */
const crate = { name: 'libtls-sys', version: '1.2.0' };
const sha256 = 'f91aad0c8fb9cbc67c910ad6dcffb401a819b4fd122007ea7f978638db044cf6';

/**
 * Path of a LibreSSL libssl, built from source once (two minutes). No distribution here has one and no package of
 * binaries does; where there is no cargo to get the source with, a line says so and it is undefined.
 * @throws Error when the archive is not the pinned one or does not build.
 */
export function libressl(): string | undefined {
  const folder = join(cacheFolder(), `libressl-${version}`);
  if (!existsSync(folder)) {
    const cargo = ['cargo', join(homedir(), '.cargo', 'bin', 'cargo')].find(
      command => spawnSync(command, ['--version']).status === 0,
    );
    if (cargo === undefined) {
      console.log('LibreSSL is left out: there is no cargo to get its source with');
      return undefined;
    }
    mkdirSync(cacheFolder(), { recursive: true });
    const work = mkdtempSync(join(cacheFolder(), 'libressl-'));
    try {
      build(cargo, work);
      renameSync(join(work, 'built'), folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return globSync(join(folder, 'libssl.so.*.*.*'))[0];
}

function build(cargo: string, work: string): void {
  const run = (command: string, args: readonly string[], cwd = work) =>
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  mkdirSync(join(work, 'src'));
  writeFileSync(join(work, 'src', 'lib.rs'), '');
  writeFileSync(
    join(work, 'Cargo.toml'),
    `[package]\nname = "source"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n${crate.name} = "=${crate.version}"\n`,
  );
  run(cargo, ['vendor', '--quiet', '--versioned-dirs', 'crates']);
  const archive = join(work, 'crates', `${crate.name}-${crate.version}`, `libressl-${version}.tar.gz`);
  const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (found !== sha256)
    throw new Error(`libressl-${version}.tar.gz has SHA-256 ${found} instead of ${sha256}`);
  run('tar', ['xzf', archive]);
  const source = join(work, `libressl-${version}`);
  run('./configure', ['--disable-static', '--disable-tests', '--quiet'], source);
  for (const part of ['crypto', 'ssl']) run('make', ['-j2', '-C', part], source);
  const built = join(work, 'built');
  mkdirSync(built);
  for (const library of globSync(join(source, '{crypto,ssl}', '.libs', 'lib*.so*'))) {
    cpSync(library, join(built, library.split('/').at(-1) ?? ''), { verbatimSymlinks: true });
  }
}
