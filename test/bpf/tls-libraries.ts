import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { withFileSource } from '../../runtime/agent/capture/elf/byte-source.ts';
import { parseElf } from '../../runtime/agent/capture/elf/elf-file.ts';
import { findFunctions } from '../../runtime/agent/capture/elf/symbols.ts';
import { findProbePoints } from '../../runtime/agent/capture/openssl/probe-points.ts';
import { cacheFolder } from '../tools/cache-folder.ts';
import { libressl } from './libressl.ts';

/** A build of a TLS library that a test server can load. */
export interface TlsLibrary {
  readonly name: string;
  readonly path: string;
  /** SSL_read_ex and the like. */
  readonly extended: boolean;
  /** The calls of its internal functions, or their returns, can be probed. */
  readonly probedWithoutReturns: boolean;
}

/** Python packages that bring a private OpenSSL, as service images have them. */
const wheels = [
  {
    version: '2.7.4',
    python: 'cp36-cp36m-manylinux1_x86_64',
    sha256: '4a4f23a08fbccbe40ecdb5384d807bcb469ea71dd87e6be2e80b036b8e6d47df',
    name: 'OpenSSL 1.0.2n (wheel)',
    extended: false,
    probedWithoutReturns: false,
  },
  {
    version: '2.8.6',
    python: 'cp36-cp36m-manylinux1_x86_64',
    sha256: 'd5227b229005a696cc67676e24c214740efd90b148de5733419ac9aaba3773da',
    name: 'OpenSSL 1.1.1g (wheel)',
    extended: true,
    probedWithoutReturns: true,
  },
  {
    version: '2.9.11',
    python: 'cp311-cp311-manylinux2014_x86_64',
    sha256: '2c226ef95eb2250974bf6fa7a842082b31f68385c4f3268370e3f3870e7859ee',
    name: 'OpenSSL 3.5.4 (wheel)',
    extended: true,
    probedWithoutReturns: true,
  },
] as const;

/**
 * Builds of libssl: the machine's, wheels of psycopg2-binary (downloaded once, pinned by checksum), LibreSSL, and what
 * TLS_LIBRARIES names: paths of libssl, separated by colons, each beside its libcrypto and, when it needs a newer C
 * library, that one and its ld-linux-x86-64.so.2.
 */
export function tlsLibraries(): TlsLibrary[] {
  const [installed] = globSync('/usr/lib/*/libssl.so.3');
  if (installed === undefined) throw new Error('no /usr/lib/*/libssl.so.3: apt-get install libssl3');
  const system = {
    name: 'OpenSSL 3 (this machine)',
    path: installed,
    extended: true,
    probedWithoutReturns: true,
  };
  const libre = libressl();
  const given = (process.env.TLS_LIBRARIES ?? '').split(':').filter(path => path !== '');
  return [
    system,
    ...wheels.map(wheel => ({ ...wheel, path: libraryOfWheel(wheel) })),
    ...(libre === undefined ? [] : [{ name: 'LibreSSL 3.1', path: libre, ...properties(libre) }]),
    ...given.map(path => ({ name: path, path, ...properties(path) })),
  ];
}

function properties(path: string): Pick<TlsLibrary, 'extended' | 'probedWithoutReturns'> {
  return withFileSource(path, source => {
    const elf = parseElf(source);
    return {
      extended: findFunctions(elf, ['SSL_read_ex']).size > 0,
      probedWithoutReturns: findProbePoints(elf, 'code').length > 0,
    };
  });
}

function libraryOfWheel({ version, python, sha256 }: (typeof wheels)[number]): string {
  const folder = join(cacheFolder(), `psycopg2-binary-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(cacheFolder(), { recursive: true });
    const work = mkdtempSync(join(cacheFolder(), 'wheel-'));
    try {
      download(work, version, python, sha256);
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const [library] = globSync(join(folder, '*', '{.libs,../psycopg2_binary.libs}', 'libssl*'));
  if (library === undefined) throw new Error(`no libssl in ${folder}: remove it`);
  return library;
}

function download(folder: string, version: string, python: string, sha256: string): void {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `psycopg2-binary==${version} --hash=sha256:${sha256}\n`);
  const [interpreter = '', abi = '', platform = ''] = python.split('-');
  execFileSync(
    'python3',
    [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--no-deps',
      '--require-hashes',
    ].concat(
      ['--only-binary', ':all:', '--implementation', 'cp', '--python-version', interpreter.slice(2)],
      ['--abi', abi, '--platform', platform, '--dest', folder, '--requirement', requirements],
    ),
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const wheel = readdirSync(folder).find(name => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel in ${folder}`);
  execFileSync('python3', ['-m', 'zipfile', '--extract', join(folder, wheel), folder]);
}

/** How to start the test server with a library: the command and the arguments before the server's own. */
export function serverCommand(server: string, library: string): [string, string[]] {
  const folder = dirname(library);
  const loader = join(folder, 'ld-linux-x86-64.so.2');
  return existsSync(loader)
    ? [loader, ['--library-path', folder, server]]
    : ['env', [`LD_LIBRARY_PATH=${folder}`, server]];
}
