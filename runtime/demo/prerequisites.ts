// What the demo needs of the machine: Linux, root and BTF to capture; nginx and openssl; the built capture programs
// and the built console, which it builds itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { consoleFolder } from '../cloud/rest/console-files.ts';
import { CannotRunError } from './cannot-run-error.ts';
import { type InstallOptions, installPackages } from './debian-packages.ts';
import { npmRun } from './npm-run.ts';

export type PrerequisiteOptions = {
  /** Whether traffic will be captured. */
  readonly agent: boolean;
  readonly install: boolean;
  readonly say: (line: string) => void;
};

const root = join(import.meta.dirname, '../..');
const couldNotRun = 2;
const capturePackages = ['clang', 'g++', 'libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'pkg-config'];
const kernelTypes = '/sys/kernel/btf/vmlinux';

/** @throws CannotRunError with what is missing and what to do */
export function checkPrerequisites({ agent, install, say }: PrerequisiteOptions): void {
  const installing: InstallOptions = { allowed: install, say };
  if (process.platform !== 'linux') {
    throw new CannotRunError(
      `The demo captures traffic with eBPF, which is Linux only; this is ${process.platform}.`,
    );
  }
  if (agent && process.getuid?.() !== 0) {
    throw new CannotRunError('The demo loads eBPF programs: run it as root (sudo npm run demo).');
  }
  if (agent && !existsSync(kernelTypes)) {
    throw new CannotRunError(
      `This kernel does not describe its types (${kernelTypes} is missing): run a kernel with CONFIG_DEBUG_INFO_BTF=y, ` +
        'as those of all current distributions have it.',
    );
  }
  const packages = [...(exists('nginx') ? [] : ['nginx-light']), ...(exists('openssl') ? [] : ['openssl'])];
  if (packages.length > 0) installPackages(packages, installing);
  if (agent) buildCapture(installing, say);
  buildConsole(say);
}

/** nginx is in /usr/sbin, which is not in everybody's PATH. */
export function nginxCommand(): string {
  return ['/usr/sbin/nginx', '/usr/local/sbin/nginx'].find(existsSync) ?? 'nginx';
}

function exists(command: string): boolean {
  const name = command === 'nginx' ? nginxCommand() : command;
  const argument = command === 'nginx' ? '-v' : 'version';
  return spawnSync(name, [argument], { stdio: 'ignore' }).error === undefined;
}

/** The build says itself whether there is anything to do, and what is missing for it. */
function buildCapture(installing: InstallOptions, say: (line: string) => void): void {
  if (!existsSync(join(root, 'dist/bpf/capture.node')))
    say('Building the capture programs (once; half a minute)');
  let { status, output } = npmRun('build:bpf');
  if (status === couldNotRun && installing.allowed) {
    installPackages(capturePackages, installing);
    ({ status, output } = npmRun('build:bpf'));
  }
  if (status !== 0) {
    const advice = status === couldNotRun ? `\nOn Debian: apt-get install ${capturePackages.join(' ')}` : '';
    throw new CannotRunError(
      `The capture programs could not be built (npm run build:bpf).\n${output}${advice}`,
    );
  }
}

function buildConsole(say: (line: string) => void): void {
  const page = join(consoleFolder, 'index.html');
  const sources = ['runtime/cloud/console', 'runtime/cloud/rest/schemas.ts'].map(path => join(root, path));
  if (existsSync(page) && statSync(page).mtimeMs > Math.max(...sources.map(newestMs))) return;
  say('Building the console');
  const { status, output } = npmRun('build:console');
  if (status !== 0) throw new CannotRunError(`npm run build:console failed.\n${output}`);
}

function newestMs(path: string): number {
  const state = statSync(path);
  if (!state.isDirectory()) return state.mtimeMs;
  return Math.max(0, ...readdirSync(path).map(name => newestMs(join(path, name))));
}
