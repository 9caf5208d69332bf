import { expect } from 'chai';
import { connectionPreface, matchPreface } from '../../../../runtime/http/http2/preface.ts';

describe('HTTP/2 connection preface', () => {
  it('is told from HTTP/1 as early as the bytes allow', () => {
    for (let length = 0; length < connectionPreface.length; length++) {
      expect(matchPreface(connectionPreface.subarray(0, length))).to.equal('incomplete');
    }
    expect(matchPreface(connectionPreface)).to.equal('http2');
    expect(matchPreface(Buffer.concat([connectionPreface, Buffer.from('more')]))).to.equal('http2');
    for (const other of ['GET', 'PROPFIND / HTTP/1.1', 'PRI * HTTP/1.1', '\x16\x03\x01', 'X']) {
      expect(matchPreface(Buffer.from(other, 'latin1'))).to.equal('other');
    }
  });
});
