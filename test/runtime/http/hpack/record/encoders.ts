import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordedField, Recording } from './sequence.ts';
import { type Story, StoryWriter } from './stories.ts';

/** A program that reads stories as JSON and writes an EncoderOutput; false: not installed here. */
interface EncoderProgram {
  readonly name: string;
  readonly installed: () => boolean;
  readonly run: (stories: string) => string;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const systemPython = '/usr/bin/python3';

function succeeds(command: string, args: readonly string[], cwd = folder): boolean {
  return spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;
}

function run(command: string, args: readonly string[], input: string): string {
  const child = spawnSync(command, args, { cwd: folder, input, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (child.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${child.error ?? child.stderr}`);
  return child.stdout;
}

/** Builds the Go program outside the checkout and runs it. */
function runGo(stories: string): string {
  const work = mkdtempSync(join(tmpdir(), 'hpack-go-'));
  try {
    const binary = join(work, 'encode');
    run('go', ['build', '-C', join(folder, 'go'), '-o', binary, '.'], '');
    return run(binary, [], stories);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export const encoderPrograms: readonly EncoderProgram[] = [
  {
    name: 'nghttp2',
    installed: () => succeeds(systemPython, ['-c', 'import ctypes; ctypes.CDLL("libnghttp2.so.14")']),
    run: stories => run(systemPython, ['encode-nghttp2.py'], stories),
  },
  {
    name: 'python-hpack',
    installed: () => succeeds(systemPython, ['-c', 'import hpack']),
    run: stories => run(systemPython, ['encode-python-hpack.py'], stories),
  },
  {
    name: 'go',
    // Without the module in Go's cache the build would need a network.
    installed: () =>
      succeeds('env', ['GOFLAGS=-mod=mod', 'GOPROXY=off', 'go', 'list', './...'], join(folder, 'go')),
    run: runGo,
  },
];

interface EncoderOutput {
  readonly version: string;
  readonly stories: readonly (readonly string[])[];
  /** Fields of each block, when they are not what the encoder was told. */
  readonly meanings?: readonly (readonly (readonly RecordedField[])[])[];
}

/** Encodes `count` stories with one program. */
export function recordProgram(program: EncoderProgram, count: number, seed: number): Recording {
  const stories: Story[] = Array.from({ length: count }, (_, index) =>
    new StoryWriter(seed + index, true).story(),
  );
  const output = JSON.parse(program.run(JSON.stringify(stories))) as EncoderOutput;
  return {
    encoder: program.name,
    version: output.version,
    sequences: stories.map((story, number) => ({
      encoder: program.name,
      blocks: story.map(({ fields }, index) => ({
        block: Buffer.from(output.stories[number]?.[index] ?? '', 'base64'),
        fields: output.meanings?.[number]?.[index] ?? fields,
      })),
    })),
  };
}
