import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { openCapture } from '../../runtime/agent/capture/capture.ts';
import { startNginx, until, workFolder } from './support.ts';

/** Uploads until it is ended. */
const uploads = (port: number) => `
import socket
body = b"x" * (1 << 20)
with socket.create_connection(("127.0.0.1", ${port})) as client:
    while True:
        client.sendall(b"POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
        answer = b""
        while b"\\r\\n\\r\\n" not in answer:
            answer += client.recv(65536)
`;

/** Needs root, BTF, `npm run build:bpf`, nginx, python3 and openssl; fails without them. */
describe('capture with more to read than there is time for', function () {
  this.timeout(60_000);

  it('leaves signals, timers and requests their turn after a few batches', async () => {
    const folder = workFolder();
    const nginx = await startNginx(folder.path);
    let batches = 0;
    let largest = 0;
    let total = 0;
    const running = openCapture({ rings: 1, ringBytes: 1 << 24 }, () => {
      const end = performance.now() + 5;
      while (performance.now() < end);
      batches++;
      total++;
    });
    const turns = setInterval(() => {
      largest = Math.max(largest, batches);
      batches = 0;
    }, 1);
    const client = spawn('python3', ['-c', uploads(nginx.httpPort)], { stdio: 'inherit' });
    try {
      await running.setTargets({ pids: new Set([nginx.pid]) });
      await until('a hundred batches', () => total >= 100);
      // Those of the turn in which the timer became due, and of the one before it.
      expect(largest).to.be.within(2, 16);
    } finally {
      clearInterval(turns);
      client.kill('SIGKILL');
      await once(client, 'exit');
      running.close();
      await nginx.stop();
      folder.remove();
    }
  });
});
