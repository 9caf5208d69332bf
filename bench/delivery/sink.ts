// A receiver of exchanges in a thread of its own: takes frames off the real link and acknowledges every batch.
import { parentPort } from 'node:worker_threads';
import { encodeFrame, FrameDecoder } from '../../runtime/protocol/framing.ts';
import { AgentFrame, ProcessingFrame } from '../../runtime/protocol/generated/mirror.ts';
import { maxMirrorFrameBytes } from '../../runtime/protocol/limits.ts';
import { createLinkServer } from '../../runtime/protocol/link.ts';

export const token = 'a-token-for-the-delivery-benchmark';

if (parentPort !== null) {
  const port = parentPort;
  let received = 0;
  const server = createLinkServer({ token, link: 'mirror' }, socket => {
    const decoder = new FrameDecoder(maxMirrorFrameBytes);
    const answer = (frame: ProcessingFrame['frame']): unknown =>
      socket.write(encodeFrame(ProcessingFrame.encode({ frame }).finish()));
    socket.on('data', chunk => {
      for (const bytes of decoder.push(chunk)) {
        const { frame } = AgentFrame.decode(bytes);
        if (frame?.$case === 'hello') answer({ $case: 'welcome', welcome: { acknowledged: 0 } });
        else if (frame?.$case === 'batch') {
          received += frame.batch.exchanges.length;
          answer({ $case: 'ack', ack: { sequence: frame.batch.sequence } });
        }
      }
    });
  });
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  port.on('message', () => port.postMessage({ received }));
  port.postMessage({ port: address.port });
}
