// Builds dist/bpf/capture.bpf.o (the kernel programs) and dist/bpf/capture.node (the libbpf binding).
// Needs a C toolchain, so it is a step of its own: `npm ci` and the rest of the package do without.
// Exit codes: 0 built or up to date, 1 a compiler failed, 2 something has to be installed first.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fingerprint } from './fingerprint.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const output = join(here, '..', 'dist', 'bpf');
const require = createRequire(join(here, '..', 'runtime', 'package.json'));
const minimumLibbpf = '1.1';

/** What the kernel side calls this machine: the __TARGET_ARCH_… of libbpf's headers. */
const targets = { x64: 'x86', arm64: 'arm64' };

function help() {
  console.log(`usage: npm run build:bpf [-- --force]

Compiles bpf/ into dist/bpf/. Does nothing when the outputs are those of these sources.`);
}

function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Debian packages that are missing, with the reason. */
function missing() {
  const wanted = [
    ['clang', () => succeeds('clang', ['--version']), 'compiles the kernel programs'],
    ['g++', () => succeeds('g++', ['--version']), 'compiles the binding'],
    ['pkg-config', () => succeeds('pkg-config', ['--version']), 'finds the libraries'],
    [
      'libbpf-dev',
      () => succeeds('pkg-config', [`--atleast-version=${minimumLibbpf}`, 'libbpf']),
      `libbpf ${minimumLibbpf} or newer with its static library`,
    ],
    ['libelf-dev', () => succeeds('pkg-config', ['--exists', 'libelf']), 'libelf with its static library'],
    ['zlib1g-dev', () => succeeds('pkg-config', ['--exists', 'zlib']), 'zlib with its static library'],
  ];
  return wanted.filter(([, present]) => !present());
}

function upToDate(outputs, fingerprintPath) {
  return (
    [...outputs, fingerprintPath].every(path => existsSync(path)) &&
    readFileSync(fingerprintPath, 'utf8') === fingerprint()
  );
}

/** Runs a compiler that writes to `path`; the file appears only when it succeeded. */
function compile(command, args, path) {
  const temporary = `${path}.${process.pid}.tmp`;
  const { status, error } = spawnSync(
    command,
    [...args, ...(command === 'objcopy' ? [] : ['-o']), temporary],
    { stdio: 'inherit' },
  );
  if (status !== 0) {
    console.error(`${command} failed${error ? `: ${error.message}` : ''}; while building ${path}`);
    process.exit(1);
  }
  renameSync(temporary, path);
}

/** Static libraries: the addon has to load in containers that have none of them. */
function staticLibrary(name, library) {
  const folder = execFileSync('pkg-config', ['--variable=libdir', library], { encoding: 'utf8' }).trim();
  const path = join(folder, name);
  if (!existsSync(path)) {
    console.error(`${path} is missing; install the -dev package that holds the static library.`);
    process.exit(2);
  }
  return path;
}

function main(args) {
  if (args.includes('--help')) return help();
  const target = targets[process.arch];
  if (process.platform !== 'linux' || target === undefined) {
    console.error(
      `The capture is for Linux on x64 or arm64; this is ${process.platform} on ${process.arch}.`,
    );
    process.exit(2);
  }
  const programs = join(output, 'capture.bpf.o');
  const addon = join(output, 'capture.node');
  const fingerprintPath = join(output, 'sources.sha256');
  if (!args.includes('--force') && upToDate([programs, addon], fingerprintPath))
    return console.log('dist/bpf is up to date');

  const absent = missing();
  if (absent.length > 0) {
    for (const [name, , reason] of absent) console.error(`missing: ${name} (${reason})`);
    console.error(`Install them: apt-get install ${absent.map(([name]) => name).join(' ')}`);
    process.exit(2);
  }
  const packages = ['node-api-headers', 'node-addon-api'];
  if (!packages.every(name => existsSync(join(here, '..', 'node_modules', name)))) {
    console.error(`The npm packages ${packages.join(' and ')} are missing; run npm ci first.`);
    process.exit(2);
  }
  mkdirSync(output, { recursive: true });
  rmSync(fingerprintPath, { force: true });
  const multiarch = execFileSync('g++', ['-dumpmachine'], { encoding: 'utf8' }).trim();
  const common = ['-O2', '-g', '-Wall', '-Werror', `-I${join(here, 'include')}`];
  compile(
    'clang',
    [
      ...common,
      '-target',
      'bpf',
      '-mcpu=v3',
      `-D__TARGET_ARCH_${target}`,
      `-I/usr/include/${multiarch}`,
      '-c',
      join(here, 'capture.bpf.c'),
    ],
    programs,
  );
  // See addon/static-library-fixes.cc.
  const libbpf = join(output, 'libbpf.a');
  compile('objcopy', ['--redefine-sym', 'stderr=libbpf_stderr', staticLibrary('libbpf.a', 'libbpf')], libbpf);
  const nodeApi = join(dirname(require.resolve('node-api-headers/package.json')), 'include');
  const nodeAddonApi = dirname(require.resolve('node-addon-api/package.json'));
  compile(
    'g++',
    [
      ...common,
      '-std=c++17',
      '-fPIC',
      '-shared',
      '-fvisibility=hidden',
      '-static-libstdc++',
      '-static-libgcc',
      '-DNAPI_VERSION=8',
      '-DNAPI_CPP_EXCEPTIONS',
      '-DBUILDING_NODE_EXTENSION',
      `-I${nodeApi}`,
      `-I${nodeAddonApi}`,
      join(here, 'addon', 'capture.cc'),
      join(here, 'addon', 'batcher.cc'),
      join(here, 'addon', 'node-values.cc'),
      join(here, 'addon', 'return-probe-check.cc'),
      join(here, 'addon', 'ring-reader.cc'),
      join(here, 'addon', 'uprobe-link.cc'),
      join(here, 'addon', 'static-library-fixes.cc'),
      libbpf,
      staticLibrary('libelf.a', 'libelf'),
      staticLibrary('libz.a', 'zlib'),
      '-Wl,--exclude-libs,ALL',
      '-Wl,-z,relro,-z,now',
    ],
    addon,
  );
  writeFileSync(fingerprintPath, fingerprint());
  console.log(`built ${programs} and ${addon}`);
}

main(process.argv.slice(2));
