import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { FileWatch } from '../../../runtime/protocol/certificates.ts';
import {
  CertificateError,
  type ClientCertificates,
  connectLink,
  createLinkServer,
  LinkError,
  type LinkServer,
  type ServerCertificates,
} from '../../../runtime/protocol/link.ts';
import { type Authority, createAuthority, issue, type Mounted, mount } from './certificate-files.ts';

const token = 'link-test-token';

describe('a link with certificates', () => {
  let authority: Authority;
  let files: Mounted;
  let server: LinkServer | undefined;
  let port = 0;
  let rejections: string[];
  let warnings: string[];

  before(async () => {
    authority = await createAuthority();
  });

  beforeEach(async () => {
    files = await mount(authority.pem, await issue(authority));
    rejections = [];
    warnings = [];
  });

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** Answers every byte with itself. */
  async function listen(certificates: ServerCertificates | undefined, serverToken = token): Promise<void> {
    server = createLinkServer(
      {
        token: serverToken,
        link: 'mirror',
        certificates,
        handshakeTimeoutMs: 5000,
        log: { warn: (details, message) => void warnings.push(`${message} ${JSON.stringify(details)}`) },
        onReject: reason => void rejections.push(reason),
      },
      socket => void socket.pipe(socket),
    );
    port = (await server.listen({ host: '127.0.0.1', port: 0 })).port;
  }

  const connect = (certificates: ClientCertificates | undefined, options: { token?: string } = {}) =>
    connectLink({ host: 'localhost', port, token, link: 'mirror', certificates, ...options });

  async function failure(connecting: Promise<TLSSocket>): Promise<LinkError> {
    const error = await connecting.then(
      socket => {
        socket.destroy();
        return new Error('it got through');
      },
      (caught: Error) => caught,
    );
    expect(error).to.be.instanceOf(LinkError);
    return error as LinkError;
  }

  function echo(socket: TLSSocket, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      socket.once('error', reject).once('data', data => resolve(data.toString()));
      socket.write(text);
    });
  }

  it('carries bytes both ways, after the certificate and the token are proven', async () => {
    await listen(files);
    const socket = await connect({ ca: [files.ca] });
    expect(socket.authorized).to.equal(true);
    expect(socket.getProtocol()).to.equal('TLSv1.3');
    expect(await echo(socket, 'hello')).to.equal('hello');
    socket.destroy();
  });

  it("takes the server's own certificate in place of its authority, and passes over files that are not there", async () => {
    await listen(files);
    const socket = await connect({ ca: [`${files.ca}.none`, files.certificate] });
    expect(await echo(socket, 'hello')).to.equal('hello');
    socket.destroy();
  });

  it('refuses a server of another authority, for another name, or past its dates', async () => {
    const stranger = await createAuthority('Another CA');
    const ca = [files.ca];
    await listen(await mount(stranger.pem, await issue(stranger)));
    expect((await failure(connect({ ca }))).failure).to.equal('certificates');
    await server?.close();
    await listen(await mount(authority.pem, await issue(authority, { names: ['elsewhere.test'] })));
    const named = await failure(connect({ ca }));
    expect(named.failure).to.equal('certificates');
    expect(named.message).to.include('elsewhere.test');
    const socket = await connect({ ca, serverName: 'elsewhere.test' });
    socket.destroy();
    await server?.close();
    await listen(await mount(authority.pem, await issue(authority, { isExpired: true })));
    expect((await failure(connect({ ca }))).message).to.include('expired');
  });

  it('refuses a client with another token, although the certificates fit', async () => {
    await listen(files);
    expect((await failure(connect({ ca: [files.ca] }, { token: 'another' }))).failure).to.equal(
      'turned-away',
    );
    expect(rejections).to.deep.equal(['wrong-token']);
  });

  it('refuses a server with another token, although the certificates fit', async () => {
    await listen(files, 'another');
    expect((await failure(connect({ ca: [files.ca] }))).failure).to.equal('turned-away');
  });

  it('hands nothing over of a client that proves nothing', async () => {
    await listen(files);
    const closed = new Promise<void>(resolve => {
      const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () =>
        socket.write(Buffer.alloc(64)),
      );
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });
    await closed;
    expect(rejections).to.deep.equal(['wrong-token']);
  });

  it('says that one side uses certificates and the other does not', async () => {
    await listen(files);
    expect((await failure(connect(undefined))).message).to.include('whether both sides use certificates');
    await server?.close();
    await listen(undefined);
    expect((await failure(connect({ ca: [files.ca] }))).message).to.include('certificates');
  });

  describe('that asks for client certificates', () => {
    let client: Mounted;
    const clientSide = (mounted: Mounted) => ({
      ca: [files.ca],
      own: mounted,
    });

    beforeEach(async () => {
      client = await mount(authority.pem, await issue(authority, { names: ['agent'], isClient: true }));
      await listen({ ...files, clientCa: [files.ca] });
    });

    it('lets in a client with a certificate of the authority', async () => {
      const socket = await connect(clientSide(client));
      expect(await echo(socket, 'hello')).to.equal('hello');
      socket.destroy();
    });

    it('refuses a client without one, or with one of another authority', async () => {
      // Whether the server's alert arrives before the end of the connection is a matter of luck.
      const refused = ['certificates', 'turned-away'];
      expect((await failure(connect({ ca: [files.ca] }))).failure).to.be.oneOf(refused);
      const stranger = await createAuthority('Another CA');
      const foreign = await mount(stranger.pem, await issue(stranger, { isClient: true }));
      expect((await failure(connect(clientSide(foreign)))).failure).to.be.oneOf(refused);
      expect(rejections).to.deep.equal(['certificates', 'certificates']);
    });

    it("uses the client's new certificate for the next connection", async () => {
      const stranger = await createAuthority('Another CA');
      const folder = dirname(client.key);
      await mount(stranger.pem, await issue(stranger, { isClient: true }), folder);
      await failure(connect(clientSide(client)));
      await mount(authority.pem, await issue(authority, { isClient: true }), folder);
      const socket = await connect(clientSide(client));
      socket.destroy();
    });
  });

  it('serves new certificates from the next connection on, and leaves open ones alone', async () => {
    await listen(files);
    const old = await connect({ ca: [files.ca] });
    const next = await createAuthority('Next CA');
    await mount(next.pem, await issue(next), dirname(files.key));
    const trust = await mount(next.pem, await issue(next));
    const socket = await retried(() => connect({ ca: [trust.ca] }));
    expect(await echo(socket, 'new')).to.equal('new');
    expect(await echo(old, 'old')).to.equal('old');
    for (const each of [old, socket]) each.destroy();
  });

  it('keeps the old certificates when the new ones cannot be used, and says so', async () => {
    await listen(files);
    await writeFile(files.key, (await issue(authority)).key);
    await retried(async () => {
      const socket = await connect({ ca: [files.ca] });
      socket.destroy();
      if (warnings.length === 0) throw new Error('no warning yet');
      return socket;
    });
    expect(warnings[0]).to.match(/new certificates cannot be used.*the key is not that of the certificate/);
  });

  /** New files are looked for at most once a second. */
  async function retried<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch {
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
  }

  it('does not start with files that are missing, no PEM, or do not belong together', async () => {
    const start = (certificates: ServerCertificates) => () =>
      createLinkServer({ token, link: 'mirror', certificates }, () => {});
    expect(start({ ...files, key: '/none/tls.key' })).to.throw(
      CertificateError,
      '/none/tls.key: cannot be read: ENOENT',
    );
    const other = await mount(authority.pem, await issue(authority));
    expect(start({ ...files, key: other.key })).to.throw(
      CertificateError,
      /tls\.key: the key is not that of the certificate; give PEM files that belong together/,
    );
    await writeFile(other.certificate, 'nothing');
    expect(start({ ...other })).to.throw(CertificateError, /tls\.crt.*not usable/);
    await listen(undefined);
    const { message } = await failure(connect({ ca: ['/none/ca.crt', '/none/tls.crt'] }));
    expect(message).to.include('/none/ca.crt, /none/tls.crt: none is there');
  });

  it('looks at its files at most once in a while', async () => {
    const watch = new FileWatch([files.key]);
    expect(watch.changed(1000)).to.equal(false);
    await writeFile(files.key, 'x');
    expect(watch.changed(1500)).to.equal(false);
    expect(watch.changed(2100)).to.equal(true);
    expect(watch.changed(4000)).to.equal(false);
  });
});
