import { expect } from 'chai';
import { loadFailure } from '../../../../runtime/agent/capture/load-failure.ts';

describe('a capture that cannot be loaded', () => {
  it('says what to do about what went wrong', () => {
    const adviceOn = (message: string) => loadFailure(new Error(message)).message;
    expect(adviceOn('cannot open dist/bpf/capture.bpf.o: No such file or directory')).to.match(
      /npm run build:bpf/,
    );
    for (const message of [
      'cannot map the rings: Cannot allocate memory',
      "the kernel refused the capture programs: Cannot allocate memory\nlibbpf: map 'rings': failed to create: Cannot allocate memory(-12)\n",
    ])
      expect(adviceOn(message)).to.match(/--ring-bytes.*capture\.ringBytes/);
    expect(adviceOn('the kernel refused the capture programs: Operation not permitted')).to.match(/lockdown/);
  });

  it('keeps the lines of libbpf apart from the advice', () => {
    const { message } = loadFailure(
      new Error('cannot open x: Exec format error\nlibbpf: one\nlibbpf: two\n'),
    );
    expect(message.split('\n').map(line => line.slice(0, 10))).to.deep.equal([
      'The captur',
      'libbpf: on',
      'libbpf: tw',
      'Run "npm r',
    ]);
  });
});
