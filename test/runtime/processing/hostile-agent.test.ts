import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { encodeFrame, FrameDecoder } from '../../../runtime/protocol/framing.ts';
import { AgentFrame, Exchange, ProcessingFrame } from '../../../runtime/protocol/generated/mirror.ts';
import { connectLink } from '../../../runtime/protocol/link.ts';
import { exchange, MirrorClient } from './mirror-client.ts';
import { ServiceProcess } from './service-process.ts';
import { waitUntil } from './wait-until.ts';

const token = 'hostile-agent-token';
const readAheadBytes = 1024 * 1024;

describe('processing, facing agents that break the protocol', function () {
  this.timeout(120_000);
  let aggregation: ServiceProcess;
  let processing: ServiceProcess;

  before(async () => {
    aggregation = new ServiceProcess('aggregation', token, { uploadIntervalMs: 3_600_000 });
    await aggregation.start();
    processing = new ServiceProcess('processing', token, {
      aggregation: { host: '127.0.0.1', port: aggregation.port },
      flushIntervalMs: 20,
      metrics: { listen: '127.0.0.1:0' },
      limits: { unacknowledgedBytes: readAheadBytes },
    });
    await processing.start();
  });
  after(async () => {
    await processing.dispose();
    await aggregation.dispose();
  });

  const connect = () => connectLink({ host: '127.0.0.1', port: processing.port, token, link: 'mirror' });
  const closed = (socket: TLSSocket) =>
    new Promise<void>(resolve => {
      socket.on('error', () => {});
      socket.resume().once('close', () => resolve());
    });
  const frame = (content: NonNullable<AgentFrame['frame']>) =>
    encodeFrame(AgentFrame.encode({ frame: content }).finish());
  const hello = (agent: string, epoch = 'e') =>
    frame({ $case: 'hello', hello: { agent, epoch, version: '1' } });
  const batch = (sequence: number) =>
    frame({ $case: 'batch', batch: { sequence, exchanges: [], dropped: [] } });

  async function welcomed(agent: string): Promise<TLSSocket> {
    const socket = await connect();
    const decoder = new FrameDecoder(1024);
    const welcome = new Promise<void>(resolve =>
      socket.on('data', chunk => {
        for (const bytes of decoder.push(chunk))
          if (ProcessingFrame.decode(bytes).frame?.$case === 'welcome') resolve();
      }),
    );
    socket.write(hello(agent));
    await welcome;
    return socket;
  }

  const breaches: [string, Buffer][] = [
    ['a batch before Hello', batch(1)],
    ['bytes that are no message', encodeFrame(Buffer.from('ffffffffffffffffffffff', 'hex'))],
    ['an empty frame', encodeFrame(Buffer.alloc(0))],
    ['a frame announced with 4 GiB', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a Hello without a name', hello('')],
    ['a Hello with a name of 100,000 characters', hello('x'.repeat(100_000))],
    [
      'a Hello with a version of 65 characters',
      frame({ $case: 'hello', hello: { agent: 'wordy', epoch: 'e', version: '1'.repeat(65) } }),
    ],
    ['two Hellos', Buffer.concat([hello('twice'), hello('twice')])],
    ['a batch before Welcome', Buffer.concat([hello('early'), batch(1)])],
  ];
  for (const [what, bytes] of breaches)
    it(`closes the connection after ${what}`, async () => {
      const socket = await connect();
      const end = closed(socket);
      socket.write(bytes);
      await end;
    });

  it('closes the connection after a hole in the sequence, and after a batch 0', async () => {
    const hole = await welcomed('hole');
    hole.write(Buffer.concat([batch(1), batch(3)]));
    await closed(hole);
    const zero = await welcomed('zero');
    zero.write(batch(0));
    await closed(zero);
  });

  it('closes the connection after a batch of very many empty exchanges', async () => {
    const crowd = await welcomed('crowd');
    const exchanges = Array.from({ length: 10_001 }, () => Exchange.create());
    crowd.write(frame({ $case: 'batch', batch: { sequence: 1, exchanges, dropped: [] } }));
    await closed(crowd);
  });

  it('closes the connection after a sequence that leaves no room for the next', async () => {
    const last = await welcomed('last');
    last.write(batch(Number.MAX_SAFE_INTEGER));
    await closed(last);
  });

  it('closes the older connection of the same agent process', async () => {
    const older = await welcomed('same');
    const end = closed(older);
    const newer = await welcomed('same');
    await end;
    newer.destroy();
  });

  it('acknowledges hostile exchanges like all others, and goes on working', async () => {
    const client = new MirrorClient('node-a', () => ({ port: processing.port, token }));
    client.send([
      exchange({ method: 'POST', headers: { 'content-type': 'application/json' }, body: '['.repeat(60_000) }),
      exchange({ target: `/${'%'.repeat(8000)}`, headers: { 'x-huge': 'y'.repeat(1_000_000) } }),
      exchange({ authority: '\0', target: '\ud800', method: '\n' }),
      { ...exchange(), request: undefined, response: undefined },
    ]);
    await waitUntil('it is acknowledged', () => client.unacknowledged === 0);
    await client.stop();
  });

  it('stops reading from an agent while aggregation is away, and reads on afterwards', async () => {
    const batchBytes = 256 * 1024;
    const metricsAt = processing.address('metrics are listening');
    const bytesRead = async () => {
      const text = await (await fetch(`http://${metricsAt}/metrics`)).text();
      return Number(/^oob_processing_batch_bytes_total (\d+)$/m.exec(text)?.[1]);
    };
    const client = new MirrorClient('flood', () => ({ port: processing.port, token }));
    client.send([exchange()]);
    await waitUntil('the agent is connected', () => client.unacknowledged === 0);
    await aggregation.kill();
    const before = await bytesRead();
    const body = Buffer.alloc(batchBytes);
    for (let i = 0; i < 100; i++) client.send([exchange({ method: 'POST', body })]);
    await waitUntil(
      'it has read up to its limit',
      async () => (await bytesRead()) - before >= readAheadBytes,
    );
    // Each answer is a turn of its event loop in which it could have read more.
    for (let turn = 0; turn < 20; turn++) await bytesRead();
    expect((await bytesRead()) - before).to.be.below(readAheadBytes + 2 * batchBytes);
    await aggregation.start();
    await waitUntil('all is acknowledged', () => client.unacknowledged === 0);
    expect(client.connections).to.equal(1);
    await client.stop();
  });
});
