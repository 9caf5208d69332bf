import { expect } from 'chai';
import fc from 'fast-check';
import { encodeFrame, FrameDecoder, FrameTooLargeError } from '../../../runtime/protocol/framing.ts';

describe('framing', () => {
  it('gives back the frames however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(encodeFrame));
          const decoder = new FrameDecoder(40);
          const frames: Buffer[] = [];
          for (let at = 0, cut = 0; at < stream.length; cut++) {
            const end = at + (cuts[cut % cuts.length] ?? 1);
            for (const frame of decoder.push(stream.subarray(at, end))) frames.push(Buffer.from(frame));
            at = end;
          }
          expect(frames.map(frame => frame.toString('hex'))).to.deep.equal(
            messages.map(message => Buffer.from(message).toString('hex')),
          );
          expect(decoder.pendingBytes).to.equal(0);
        },
      ),
    );
  });

  it('does not change frames it has handed out when more arrives', () => {
    const decoder = new FrameDecoder(100);
    const [first] = [
      ...decoder.push(encodeFrame(Buffer.from('first')).subarray(0, 3)),
      ...decoder.push(
        Buffer.concat([
          encodeFrame(Buffer.from('first')).subarray(3),
          encodeFrame(Buffer.from('second')).subarray(0, 7),
        ]),
      ),
    ];
    decoder.push(Buffer.from('zzz'));
    expect(Buffer.from(first ?? []).toString()).to.equal('first');
  });

  it('refuses a longer frame as soon as its prefix is there, before reserving anything', () => {
    const decoder = new FrameDecoder(1000);
    const prefix = Buffer.from([0, 0, 0x03, 0xe9]);
    expect(() => decoder.push(prefix)).to.throw(FrameTooLargeError, '1001 bytes; at most 1000');
    expect(new FrameDecoder(1000).push(encodeFrame(Buffer.alloc(1000)))).to.have.length(1);
  });
});
