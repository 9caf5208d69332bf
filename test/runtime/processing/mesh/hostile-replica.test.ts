import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { encodeFrame, FrameDecoder } from '../../../../runtime/protocol/framing.ts';
import { GatewayFrame, OwnerFrame } from '../../../../runtime/protocol/generated/mesh.ts';
import { connectLink } from '../../../../runtime/protocol/link.ts';
import { freePort } from '../free-port.ts';
import { exchange } from '../mirror-client.ts';
import { ServiceProcess } from '../service-process.ts';

const token = 'hostile-replica-test-token';

describe('the mesh port, facing replicas that break the protocol', function () {
  this.timeout(120_000);
  let processing: ServiceProcess;
  let port: number;

  before(async () => {
    port = await freePort();
    processing = new ServiceProcess('processing', token, {
      aggregation: { host: '127.0.0.1', port: await freePort() },
      // No name server answers there; the port is served all the same.
      mesh: { listen: `127.0.0.1:${port}`, service: 'a.test', resolver: `127.0.0.1:${await freePort()}` },
    });
    await processing.start();
  });
  after(() => processing.dispose());

  const connect = () => connectLink({ host: '127.0.0.1', port, token, link: 'mesh' });
  const hello = { $case: 'hello' as const, hello: { replica: 'b', version: '1' } };
  const frame = (content: NonNullable<GatewayFrame['frame']>) =>
    encodeFrame(GatewayFrame.encode({ frame: content }).finish());
  const forward = (...targets: string[]) =>
    frame({ $case: 'forward', forward: { exchanges: targets.map(target => exchange({ target })) } });

  async function answers(socket: TLSSocket, count: number): Promise<OwnerFrame[]> {
    const decoder = new FrameDecoder(1_000_000);
    const frames: OwnerFrame[] = [];
    for await (const chunk of socket) {
      for (const bytes of decoder.push(chunk)) frames.push(OwnerFrame.decode(bytes));
      if (frames.length >= count) break;
    }
    return frames;
  }

  it('answers honest ones with sums, in order', async () => {
    const socket = await connect();
    socket.write(Buffer.concat([frame(hello), forward('/a?x=1', '/a?x=2', '/%00'), forward('/b')]));
    const [welcome, first, second] = await answers(socket, 3);
    expect(welcome?.frame?.$case).to.equal('welcome');
    const sums = [first, second].map(item =>
      item?.frame?.$case === 'result'
        ? item.frame.result.observations.map(({ requests, parameters }) => [requests, parameters.length])
        : [],
    );
    expect(sums).to.deep.equal([[[2, 1]], [[1, 0]]]);
  });

  const breaches: [string, () => Buffer][] = [
    ['exchanges before Hello', () => forward('/a')],
    ['bytes that are no message', () => encodeFrame(Buffer.from([0xff, 0xff]))],
    ['a frame announced with 4 GiB', () => Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['two Hellos', () => Buffer.concat([frame(hello), frame(hello)])],
    [
      'very many empty exchanges',
      () => {
        const empty = Buffer.alloc(1_000_000, Buffer.from([0x0a, 0]));
        const length = [0xc0, 0x84, 0x3d];
        return Buffer.concat([
          frame(hello),
          encodeFrame(Buffer.concat([Buffer.from([0x12, ...length]), empty])),
        ]);
      },
    ],
  ];
  for (const [what, bytes] of breaches)
    it(`closes the connection after ${what}`, async () => {
      const socket = await connect();
      socket.on('error', () => {});
      socket.resume();
      socket.write(bytes());
      await once(socket, 'close');
    });

  it('refuses another installation, and the key of another link', async () => {
    const refused = [
      connectLink({ host: '127.0.0.1', port, token: 'another token', link: 'mesh' }),
      connectLink({ host: '127.0.0.1', port, token, link: 'mirror' }),
    ];
    for (const { status } of await Promise.allSettled(refused)) expect(status).to.equal('rejected');
  });
});
