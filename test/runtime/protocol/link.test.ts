import { createServer, request } from 'node:https';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { FrameDecoder, FrameTooLargeError } from '../../../runtime/protocol/framing.ts';
import {
  connectLink,
  createLinkServer,
  LinkError,
  type LinkServer,
  type LinkServerOptions,
  pskOptions,
} from '../../../runtime/protocol/link.ts';

const token = 'link-test-token';

describe('the pre-shared-key link', () => {
  let server: LinkServer | undefined;
  let port = 0;
  let rejections: string[];
  let logged: string[];

  async function listen(
    options: Partial<LinkServerOptions> = {},
    onSocket = (socket: TLSSocket) => void socket.resume(),
  ) {
    rejections = [];
    logged = [];
    server = createLinkServer(
      {
        token,
        link: 'mirror',
        log: { warn: (_details, message) => void logged.push(message) },
        onReject: reason => void rejections.push(reason),
        ...options,
      },
      onSocket,
    );
    port = (await server.listen({ host: '127.0.0.1', port: 0 })).port;
  }

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** Sends raw bytes; resolves when the server has closed the connection. */
  function closedAfter(bytes: Uint8Array | string): Promise<void> {
    return new Promise(resolve => {
      const socket = connectTcp(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
      if (bytes.length > 0) socket.write(bytes);
    });
  }

  function tlsFailure(options: object): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
      socket.once('secureConnect', () => reject(new Error('it got through')));
      socket.once('error', error => resolve(error.message));
    });
  }

  async function failureOf(promise: Promise<unknown>): Promise<LinkError> {
    try {
      await promise;
    } catch (error) {
      expect(error).to.be.instanceOf(LinkError);
      return error as LinkError;
    }
    throw new Error('no failure');
  }

  it('carries bytes both ways over TLS 1.3 with an ephemeral exchange', async () => {
    await listen({}, socket => void socket.pipe(socket));
    const socket = await connectLink({ host: '127.0.0.1', port, token, link: 'mirror' });
    const echo = new Promise(resolve => socket.once('data', data => resolve(data.toString())));
    socket.write('hello');
    expect(await echo).to.equal('hello');
    expect(socket.getProtocol()).to.equal('TLSv1.3');
    expect(socket.getCipher().name).to.equal('TLS_AES_128_GCM_SHA256');
    expect(socket.getEphemeralKeyInfo()).to.include({ name: 'X25519MLKEM768' });
    socket.destroy();
  });

  it('tells both sides that their installation tokens differ', async () => {
    await listen();
    const error = await failureOf(connectLink({ host: '127.0.0.1', port, token: 'another', link: 'mirror' }));
    expect(error.failure).to.equal('wrong-token');
    expect(error.message)
      .to.contain(`mirror link to 127.0.0.1:${port}`)
      .and.contain('different installation token');
    expect(rejections).to.deep.equal(['wrong-token']);
    expect(logged.join()).to.contain('different installation token').and.not.contain(token);
  });

  it('refuses the key of another link', async () => {
    await listen();
    const error = await failureOf(connectLink({ host: '127.0.0.1', port, token, link: 'upload' }));
    expect(error.failure).to.equal('not-a-link');
  });

  it('closes, counts and logs once what is not TLS: plain HTTP and random bytes', async () => {
    await listen();
    await closedAfter('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await closedAfter(Buffer.from('ff00aa5512349876deadbeef', 'hex'));
    await closedAfter(Buffer.alloc(70_000, 0x16));
    expect(rejections).to.have.length(3);
    expect(logged).to.have.length(1);
  });

  it('refuses TLS 1.2 and clients without a pre-shared key', async () => {
    await listen();
    await tlsFailure({ maxVersion: 'TLSv1.2' });
    await tlsFailure({});
    expect(rejections).to.deep.equal(['not-a-link', 'not-a-link']);
  });

  it('ends connections that do not finish their handshake in time, silent or dripping', async () => {
    await listen({ handshakeTimeoutMs: 200 });
    const begin = Date.now();
    await closedAfter('');
    const dripping = connectTcp(port, '127.0.0.1');
    // A handshake record of 512 bytes that never gets complete.
    dripping.on('error', () => {}).write(Buffer.from([0x16, 3, 1, 2, 0]));
    const drip = setInterval(() => dripping.write(Buffer.from([1])), 20);
    await new Promise(resolve => dripping.resume().once('close', resolve));
    clearInterval(drip);
    expect(Date.now() - begin).to.be.below(5000);
    expect(rejections).to.deep.equal(['timeout', 'timeout']);
  });

  it('closes connections that stay silent', async () => {
    await listen({ idleTimeoutMs: 50 });
    const socket = await connectLink({ host: '127.0.0.1', port, token, link: 'mirror' });
    await new Promise(resolve => socket.resume().once('close', resolve));
    expect(rejections).to.deep.equal(['idle']);
  });

  it('turns connections beyond its limit away', async () => {
    await listen({ maxConnections: 1 });
    const first = await connectLink({ host: '127.0.0.1', port, token, link: 'mirror' });
    expect(
      (await failureOf(connectLink({ host: '127.0.0.1', port, token, link: 'mirror' }))).failure,
    ).to.equal('unreachable');
    expect(rejections).to.deep.equal(['too-many']);
    first.destroy();
  });

  it('lets the receiver refuse a frame that is too long', async () => {
    const refused = new Promise(resolve => {
      void listen({}, socket => {
        const decoder = new FrameDecoder(100);
        socket.on('data', chunk => {
          try {
            decoder.push(chunk);
          } catch (error) {
            resolve(error);
            socket.destroy();
          }
        });
      }).then(async () => {
        const socket = await connectLink({ host: '127.0.0.1', port, token, link: 'mirror' });
        socket.on('error', () => {});
        socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
      });
    });
    expect(await refused).to.be.instanceOf(FrameTooLargeError);
  });

  it('gives up in time on a server that accepts and says nothing, and on request', async () => {
    const { createServer: createTcpServer } = await import('node:net');
    const open: { destroy(): void }[] = [];
    const silent = createTcpServer(socket => void open.push(socket));
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const silentPort = (silent.address() as AddressInfo).port;
    const where = { host: '127.0.0.1', port: silentPort, token, link: 'mirror' as const };
    expect((await failureOf(connectLink({ ...where, timeoutMs: 100 }))).failure).to.equal('timeout');
    const abort = new AbortController();
    const given = failureOf(connectLink({ ...where, signal: abort.signal }));
    abort.abort();
    expect((await given).failure).to.equal('aborted');
    for (const socket of open) socket.destroy();
    silent.close();
  });

  it('says where nobody listens', async () => {
    await listen();
    await server?.close();
    const error = await failureOf(connectLink({ host: '127.0.0.1', port, token, link: 'mirror' }));
    expect(error.failure).to.equal('unreachable');
    expect(error.message).to.contain('ECONNREFUSED');
  });

  it('serves HTTPS with the same options', async () => {
    const https = createServer(
      pskOptions(token, 'upload'),
      (_request, response) => void response.end('stored'),
    );
    await new Promise<void>(resolve => https.listen(0, '127.0.0.1', resolve));
    const answer = await new Promise<string>((resolve, reject) => {
      const { port: httpsPort } = https.address() as AddressInfo;
      request(
        { ...pskOptions(token, 'upload'), host: '127.0.0.1', port: httpsPort, agent: false },
        response => response.on('data', data => resolve(data.toString())),
      )
        .on('error', reject)
        .end();
    });
    expect(answer).to.equal('stored');
    https.close();
    https.closeAllConnections();
  });
});
