import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import {
  type HttpEndpoint,
  maxEndpointConnections,
  openHttpEndpoint,
} from '../../../runtime/service/http-endpoint.ts';
import { waitUntil } from '../processing/wait-until.ts';

/** More than the kernel takes for a client that does not read. */
const big = Buffer.alloc(16 * 1024 * 1024);

describe('the health and metrics endpoint', function () {
  this.timeout(60_000);
  // Clients and server share one thread here: where many others want the processor, two real seconds can pass unread.
  this.retries(2);
  let endpoint: HttpEndpoint;
  const sockets = new Set<Socket>();
  let ending = false;

  beforeEach(async () => {
    ending = false;
    endpoint = await openHttpEndpoint({ host: '127.0.0.1', port: 0 }, (request, response) =>
      response.end(request.url === '/big' ? big : 'ok'),
    );
  });
  afterEach(async () => {
    ending = true;
    for (const socket of sockets) socket.destroy();
    await endpoint.close();
  });

  function open(request = '', reopen = false): void {
    const socket = connect(endpoint.address.port, '127.0.0.1', () => socket.write(request));
    sockets.add(socket.pause());
    socket
      .on('error', () => {})
      .on('close', () => {
        sockets.delete(socket);
        if (reopen && !ending) open(request, reopen);
      });
    // A paused socket does not see the end of its peer.
    if (request === '') socket.resume();
  }

  /** As a kubelet asks: a fresh connection each time, and little time to answer in. */
  function probe(): Promise<string> {
    return new Promise(resolve => {
      const request = get(
        { host: '127.0.0.1', port: endpoint.address.port, path: '/live', agent: false, timeout: 5_000 },
        response => {
          response.resume().on('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
        },
      );
      request.on('timeout', () => request.destroy(new Error('no answer')));
      request.on('error', error => resolve(error.message));
    });
  }

  async function probes(count: number): Promise<string[]> {
    const answers = new Set<string>();
    for (let i = 0; i < count; i++) answers.add(await probe());
    return [...answers];
  }

  it('answers every probe while 300 idle connections are opened again and again', async () => {
    for (let i = 0; i < 300; i++) open('', true);
    // Longer than the time an idle connection has.
    const end = Date.now() + 4_000;
    while (Date.now() < end) expect(await probes(20)).to.deep.equal(['200 close']);
    expect(sockets.size).to.equal(300);
  });

  it('answers among more connections than it keeps, and closes the oldest', async () => {
    for (let i = 0; i < maxEndpointConnections + 300; i++) open();
    expect(await probes(20)).to.deep.equal(['200 close']);
    await waitUntil('the oldest go', () => sockets.size <= maxEndpointConnections);
  });

  it('answers among clients that ask and never read', async () => {
    for (let i = 0; i < 150; i++) open('GET /big HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await probes(20)).to.deep.equal(['200 close']);
  });

  it('gives an idle connection two seconds or so', async () => {
    open();
    await waitUntil('it is connected', () => sockets.size === 1);
    const start = Date.now();
    await waitUntil('it is closed', () => sockets.size === 0);
    expect(Date.now() - start).to.be.lessThan(4_500);
  });
});
