import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import { capture, freePort, type Recorder, type Server, startServer, until } from './support.ts';

/** SETTINGS, and the headers of stream 1: `:status: 200` (RFC 9113 §4.1, RFC 7541 appendix A). */
const frames =
  '\\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x01\\x05\\x00\\x00\\x00\\x01\\x88';

/** Answers with 101 and, in the same call, what it is told. */
const serverOf = (port: number) => `
import socket
with socket.create_server(("127.0.0.1", ${port})) as listener:
    while True:
        client, _ = listener.accept()
        with client:
            head = client.recv(65536)
            protocol = b"h2c" if b"h2c" in head else b"websocket"
            behind = b"${frames}" if protocol == b"h2c" else b"\\x81\\x05hello"
            client.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nconnection: Upgrade\\r\\nupgrade: " + protocol + b"\\r\\n\\r\\n" + behind)
            while client.recv(65536):
                client.sendall(behind)
`;

/** Needs root, BTF, `npm run build:bpf` and python3; fails without them. */
describe('another protocol on a connection (101), its first bytes in one call with the head', function () {
  this.timeout(30_000);
  let server: Server | undefined;
  let running: Capture;
  let seen: Recorder;

  afterEach(async () => {
    running.close();
    await server?.stop();
    server = undefined;
  });

  for (const rung of ['A', 'B'] as const)
    for (const [protocol, delivered] of [
      ['h2c', 2 * 19],
      ['websocket', 0],
    ] as const)
      it(`${delivered > 0 ? 'is delivered' : 'is left out'}: ${protocol}, rung ${rung}`, async () => {
        ({ capture: running, seen } = capture({ rung }));
        const port = await freePort();
        server = await startServer('python3', ['-c', serverOf(port)], [port]);
        await running.setTargets({ pids: new Set([server.pid]) });
        const socket = connect(port, '127.0.0.1');
        socket.write(`GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\n\r\n`);
        await once(socket, 'data');
        socket.write(protocol === 'h2c' ? 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' : '\x81\x85....');
        await once(socket, 'data');
        const { localPort = 0 } = socket;
        socket.destroy();
        const connection = () => seen.byClientPort(localPort)[0];
        await until('it is closed', () => connection()?.close !== undefined);
        const { text = '', gaps = [] } = connection()?.streams.get('response socket') ?? {};
        expect(text.split('\r\n\r\n')[1]).to.have.lengthOf(delivered);
        expect(gaps.every(gap => gap.reason === 'not-copied')).to.equal(true);
        expect(running.counters()).to.include({ unseenBytes: 0 });
      });
});
