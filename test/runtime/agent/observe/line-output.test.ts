import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { expect } from 'chai';
import { LineOutput } from '../../../../runtime/agent/observe/line-output.ts';

describe('the output of observe', () => {
  it('writes the lines of one turn at once, whole and in order', async () => {
    const chunks: string[] = [];
    const output = new LineOutput(
      new Writable({
        write(chunk, _encoding, done) {
          chunks.push(String(chunk));
          done();
        },
      }),
    );
    output.add('a');
    output.add('b');
    await Promise.resolve();
    output.add('c');
    await output.end();
    expect(chunks).to.deep.equal(['a\nb\n', 'c\n']);
  });

  it('leaves lines out and counts them when nobody reads, and does not wait for ever', async function () {
    this.timeout(60_000);
    const stream = new PassThrough({ highWaterMark: 1 });
    const output = new LineOutput(stream);
    const line = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 200; count++) {
      output.add(line);
      await Promise.resolve();
    }
    expect(output.dropped).to.be.greaterThan(60).and.lessThan(80);
    await output.end();
    stream.destroy();
    expect(output.dropped).to.equal(200);
  });

  it('counts what a reader that has stopped did not get', async function () {
    this.timeout(60_000);
    const module = join(import.meta.dirname, '../../../../runtime/agent/observe/line-output.ts');
    const script = `
      const { LineOutput } = await import(${JSON.stringify(module)});
      const output = new LineOutput(process.stdout, 1000);
      for (let line = 0; line < 20000; line++) {
        output.add('x'.repeat(300 + line % 100));
        if (line % 500 === 0) await new Promise(setImmediate);
      }
      await output.end();
      console.error(output.dropped);
      process.exit();`;
    const pipe = join(mkdtempSync(join(tmpdir(), 'output-')), 'pipe');
    // It is read when the writer has ended.
    const read = 'mkfifo "$0"; exec 3<>"$0"; "$@" >"$0"; exec 4<"$0" 3>&-; wc -l <&4';
    const { stdout, stderr } = spawnSync('bash', ['-c', read, pipe, process.execPath, '-e', script], {
      encoding: 'utf8',
    });
    rmSync(dirname(pipe), { recursive: true });
    expect(Number(stdout)).to.be.greaterThan(0);
    expect(Number(stdout) + Number(stderr)).to.equal(20_000);
  });

  it('goes on while a slow reader takes something', async () => {
    let taken = 0;
    const stream = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        taken += chunk.length;
        setTimeout(done, 150);
      },
    });
    const output = new LineOutput(stream, 400);
    for (let count = 0; count < 8; count++) output.add('x'.repeat(65_535));
    await output.end();
    expect(output.dropped).to.equal(0);
    expect(taken).to.equal(8 * 65_536);
  });
});
