import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

/** One connection through a tap: what either side wrote so far. */
export interface TappedConnection {
  /** Port from which the client connected to the tap, and from which the tap connected to the server. */
  readonly clientPort: number;
  readonly serverSidePort: () => number | undefined;
  readonly request: () => Buffer;
  readonly response: () => Buffer;
}

/** A TCP relay on loopback that keeps every byte. */
export class Tap {
  readonly connections: TappedConnection[] = [];
  private readonly server: Server;

  constructor(targetPort: number) {
    this.server = createServer(client => {
      const target = connect(targetPort, '127.0.0.1');
      const request: Buffer[] = [];
      const response: Buffer[] = [];
      let serverSidePort: number | undefined;
      target.on('connect', () => {
        serverSidePort = target.localPort;
      });
      this.connections.push({
        clientPort: client.remotePort ?? 0,
        serverSidePort: () => serverSidePort,
        request: () => Buffer.concat(request),
        response: () => Buffer.concat(response),
      });
      client.on('data', bytes => request.push(bytes));
      target.on('data', bytes => response.push(bytes));
      client.pipe(target).pipe(client);
      client.on('error', () => target.destroy());
      target.on('error', () => client.destroy());
    });
  }

  /** Starts to listen; returns the port. */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, 'close');
  }
}
