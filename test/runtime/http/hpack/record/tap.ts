import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

/** Bytes in the order in which the tap saw them. */
export interface TappedPiece {
  readonly direction: 'request' | 'response';
  readonly bytes: Buffer;
}

/** One connection through a tap: what either side wrote so far. */
export interface TappedConnection {
  /** Port from which the client connected to the tap, and from which the tap connected to the server. */
  readonly clientPort: number;
  readonly serverSidePort: () => number | undefined;
  readonly pieces: readonly TappedPiece[];
}

/** Everything one side wrote. */
export function written({ pieces }: TappedConnection, by: TappedPiece['direction']): Buffer {
  return Buffer.concat(pieces.filter(({ direction }) => direction === by).map(({ bytes }) => bytes));
}

/** A TCP relay on loopback that keeps every byte. */
export class Tap {
  readonly connections: TappedConnection[] = [];
  private readonly server: Server;

  constructor(targetPort: number) {
    this.server = createServer(client => {
      const target = connect(targetPort, '127.0.0.1');
      const pieces: TappedPiece[] = [];
      let serverSidePort: number | undefined;
      target.on('connect', () => {
        serverSidePort = target.localPort;
      });
      this.connections.push({
        clientPort: client.remotePort ?? 0,
        serverSidePort: () => serverSidePort,
        pieces,
      });
      client.on('data', bytes => pieces.push({ direction: 'request', bytes }));
      target.on('data', bytes => pieces.push({ direction: 'response', bytes }));
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
