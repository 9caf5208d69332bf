import { once } from 'node:events';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Capture } from '../../runtime/agent/capture/capture.ts';
import {
  type Cgroup,
  cgroupOf,
  findCgroupRoot,
  findContainerCgroup,
} from '../../runtime/agent/capture/cgroup.ts';
import { Client } from './clients.ts';
import { capture, freePort, type Recorder, type Server, startServer, until, workFolder } from './support.ts';

const server = join(import.meta.dirname, 'servers', 'asyncio_server.py');
const containerId = `${process.pid}`.padStart(64, 'c');

/** Needs root, BTF, a cgroup v2 mount, `npm run build:bpf`, python3 and openssl; fails without them. */
describe('capture by cgroup', function () {
  this.timeout(60_000);
  const folder = workFolder();
  const created: string[] = [];
  const servers: Server[] = [];
  let running: Capture;
  let seen: Recorder;

  function makeCgroup(...names: string[]): Cgroup {
    let path = findCgroupRoot();
    for (const name of names) {
      path = join(path, name);
      try {
        mkdirSync(path);
        created.push(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    return cgroupOf(path);
  }

  async function startIn(cgroup: Cgroup): Promise<Client> {
    const port = await freePort();
    const command = `echo $$ > ${cgroup.path}/cgroup.procs && exec python3 ${server} ${port} ${folder.path}`;
    servers.push(await startServer('sh', ['-c', command], [port]));
    return new Client(port, true);
  }

  beforeEach(() => {
    ({ capture: running, seen } = capture());
  });
  afterEach(async () => {
    running.close();
    for (const one of servers.splice(0)) await one.stop();
    for (const path of created.splice(0).reverse()) rmdirSync(path);
  });
  after(() => folder.remove());

  it("gives the requests of a container's cgroup and its descendants, and of nothing beside it", async () => {
    const pod = ['kubepods-test', 'burstable', 'pod01234567-89ab-cdef-0123-456789abcdef'];
    const container = makeCgroup(...pod, containerId);
    const inside = await startIn(container);
    const below = await startIn(makeCgroup(...pod, containerId, 'init', 'app'));
    const beside = await startIn(makeCgroup(...pod, 'sidecar'));
    expect(findContainerCgroup(`containerd://${containerId}`)).to.deep.equal(container);

    await running.setTargets({ cgroupIds: new Set([container.id]) });
    await beside.send('/beside');
    await inside.send('/inside');
    await below.send('/below');
    await until('both requests', () =>
      [inside, below].every(one => seen.requests(one.localPort, 'tls') === one.expectedRequests),
    );
    expect(seen.byClientPort(beside.localPort)).to.deep.equal([]);
    expect(seen.byClientPort(inside.localPort)[0]?.open?.cgroupId).to.equal(container.id);
    for (const client of [inside, below, beside]) client.close();
  });

  it('sees the first request of a container that starts while its cgroup is selected', async () => {
    const container = makeCgroup('kubepods-test', containerId);
    // Another process with the same library keeps it probed, as on a node that has been running for a while.
    await startIn(container);
    await running.setTargets({ cgroupIds: new Set([container.id]) });
    const client = await startIn(makeCgroup('kubepods-test', containerId, 'late'));
    await client.send('/first');
    await until(
      'the first request',
      () => seen.requests(client.localPort, 'tls') === client.expectedRequests,
    );
    client.close();
  });

  it('looks for the TLS library of a server that moves into a selected cgroup where nothing ran', async () => {
    const container = makeCgroup('kubepods-test', containerId);
    const port = await freePort();
    const moved = await startServer('python3', [server, `${port}`, folder.path], [port]);
    servers.push(moved);
    // Of sockets that begin to listen later the kernel tells.
    running.close();
    ({ capture: running, seen } = capture());
    await running.setTargets({ cgroupIds: new Set([container.id]) });
    writeFileSync(join(container.path, 'cgroup.procs'), `${moved.pid}`);

    const first = new Client(port, true);
    await first.send('/first');
    first.close();
    await until('its library', () => running.counters().tlsLibraries > 0, 10_000);
    const client = new Client(port, true);
    await client.send('/second');
    await until('the request', () => seen.requests(client.localPort, 'tls') === client.expectedRequests);
    client.close();
  });

  it('knows connections from their first byte on where the listening socket was made outside, as in socket activation', async () => {
    const container = makeCgroup('kubepods-test', containerId);
    const port = await freePort();
    const script = `
import os, socket
listener = socket.create_server(("127.0.0.1", ${port}))
open("${container.path}/cgroup.procs", "w").write(str(os.getpid()))
while True:
    client, _ = listener.accept()
    while client.recv(65536):
        client.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n")
`;
    servers.push(await startServer('python3', ['-c', script], [port]));
    const early = connect(port, '127.0.0.1');
    await once(early, 'connect');
    await running.setTargets({ cgroupIds: new Set([container.id]) });
    for (const socket of [early, connect(port, '127.0.0.1')]) {
      socket.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
      await once(socket, 'data');
      const { localPort = 0 } = socket;
      await until('the request', () => seen.requests(localPort, 'socket').startsWith('GET /a'));
      expect(seen.byClientPort(localPort)[0]?.open?.fromStart).to.equal(true);
      socket.destroy();
    }
    expect(running.counters()).to.include({ unseenBytes: 0 });
  });
});
