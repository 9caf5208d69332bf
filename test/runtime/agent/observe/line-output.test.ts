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
    expect(output.dropped).to.be.greaterThan(60);
    expect(stream.writableLength).to.be.lessThan(140 * 1024 * 1024);
    await output.end();
    stream.destroy();
  });
});
