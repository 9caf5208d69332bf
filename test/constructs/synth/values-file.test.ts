import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { readValuesFile, ValuesFileError } from '../../../constructs/synth/values-file.ts';

async function read(content: string | Uint8Array): Promise<unknown> {
  const path = join(await mkdtemp(join(tmpdir(), 'values-')), 'values.yaml');
  await writeFile(path, content);
  return readValuesFile(path);
}

async function problem(content: string | Uint8Array): Promise<string> {
  try {
    await read(content);
  } catch (error) {
    assert.instanceOf(error, ValuesFileError);
    return (error as Error).message;
  }
  return assert.fail('the file was accepted');
}

describe('a values file', () => {
  it('is read as Helm reads it', async () => {
    const values =
      'yes: on\nn: ~\noctal: 0o17\nold: 010\ntime: 12:30:45\ndate: 2001-12-14\nhex: 0x1F\nbig: 1_000\ntext: "on"';
    assert.deepEqual(await read(values), {
      true: true,
      false: null,
      octal: 15,
      old: 8,
      time: '12:30:45',
      date: '2001-12-14',
      hex: 31,
      big: 1000,
      text: 'on',
    });
  });

  it('may be empty, or hold only comments', async () => {
    for (const content of ['', '\n', '# nothing\n', '---\n']) assert.deepEqual(await read(content), {});
  });

  it('must be YAML, and the error says where it is not', async () => {
    assert.match(await problem('config:\n  api: [\n'), /values\.yaml: not YAML: .* at line \d+, column \d+/);
    assert.match(await problem('config:\n\tapi: {}\n'), /not YAML: .* at line 2, column 1/);
  });

  it('must be one map', async () => {
    assert.match(await problem('- a\n'), /expected a map of values, found a list/);
    assert.match(await problem('text'), /expected a map of values, found string/);
    assert.match(await problem('a: 1\n---\nb: 2\n'), /more than one YAML document/);
  });

  it('must not have tags that Helm does not read as this reader would', async () => {
    for (const [tag, value] of [
      ['omap', '\n  - b: 1'],
      ['pairs', '\n  - b: 1'],
      ['set', '{b}'],
      ['binary', 'aGk='],
    ])
      assert.match(
        await problem(`a: 1\nb: !!${tag} ${value}\n`),
        new RegExp(`values\\.yaml: line [23]: the tag !!${tag} is not supported; write`),
      );
    assert.deepEqual(await read('a: !!map {b: !!str 1}\n'), { a: { b: '1' } });
  });

  it('must be UTF-8', async () => {
    assert.match(await problem(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)), /not UTF-8/);
  });

  it('must not be larger than 1 MiB', async () => {
    assert.match(await problem(`a: ${'x'.repeat(1_048_576)}`), /larger than 1048576 bytes/);
  });

  it('must not grow without bound through aliases', async () => {
    const bomb = ['a0: &a0 [x, x]'];
    for (let level = 1; level < 30; level++)
      bomb.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`);
    assert.match(await problem(bomb.join('\n')), /not usable YAML: .*alias/i);
  });

  it('must be there, and the error says what to set', async () => {
    for (const path of ['/nonexistent/values.yaml', '/']) {
      const error = await readValuesFile(path).catch((caught: unknown) => caught);
      assert.instanceOf(error, ValuesFileError);
      assert.match((error as Error).message, /cannot be read \(E[A-Z]+\); set VALUES_FILE/);
    }
  });
});
