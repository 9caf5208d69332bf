import { expect } from 'chai';
import { npmRun } from '../../../runtime/demo/npm-run.ts';

describe('npm scripts that the demo runs', function () {
  this.timeout(30_000);

  it('keep no compiled code in the folder for temporary files', () => {
    const { status, output } = npmRun('env');
    expect(status, output).to.equal(0);
    expect(output).to.match(/^NODE_DISABLE_COMPILE_CACHE=1$/m);
  });
});
