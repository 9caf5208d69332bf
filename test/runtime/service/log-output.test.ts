import { expect } from 'chai';
import { openLogOutput } from '../../../runtime/service/log-output.ts';

describe('the output of a log', () => {
  /** A descriptor that takes the given numbers of bytes, or fails with the given codes, then takes everything. */
  function taking(answers: (number | string)[]) {
    let text = '';
    let calls = 0;
    const output = openLogOutput(1, (_, bytes) => {
      calls++;
      const answer = answers.shift() ?? bytes.length;
      if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
      text += Buffer.from(bytes.subarray(0, answer)).toString();
      return Math.min(answer, bytes.length);
    });
    return { output, text: () => text, calls: () => calls };
  }

  it('writes the whole line when the descriptor takes it in parts or is busy for a moment', () => {
    const { output, text } = taking([2, 'EAGAIN', 1, 'EINTR', 'EAGAIN']);
    output.write('abcdef\n');
    expect([text(), output.dropped]).to.deep.equal(['abcdef\n', 0]);
  });

  it('drops and counts lines without a reader, with one attempt each', () => {
    for (const code of ['EPIPE', 'EBADF', 'EIO', 'ENOSPC']) {
      const { output, text, calls } = taking([code, code]);
      output.write('a\n');
      output.write('b\n');
      expect([output.dropped, calls()]).to.deep.equal([2, 2]);
      output.write('c\n');
      expect(text()).to.equal('c\n');
    }
  });

  it('waits once for a reader that is slow, and goes on with whole lines', () => {
    let open = 1;
    let text = '';
    const output = openLogOutput(1, (_, bytes) => {
      const taken = Math.min(open, bytes.length);
      if (taken === 0) throw Object.assign(new Error('busy'), { code: 'EAGAIN' });
      open -= taken;
      text += Buffer.from(bytes.subarray(0, taken)).toString();
      return taken;
    });
    const start = performance.now();
    output.write('first\n');
    for (let i = 0; i < 50; i++) output.write('dropped\n');
    expect(performance.now() - start).to.be.lessThan(2_000);
    open = Number.POSITIVE_INFINITY;
    output.write('last\n');
    expect([text, output.dropped]).to.deep.equal(['first\nlast\n', 50]);
  });
});
