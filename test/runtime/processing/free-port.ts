// A port for a service that is killed and started again on it.
import { createServer } from 'node:net';

/**
 * Free on all addresses now, and below the range that Linux takes the local ports of connections from (32768 on): while
 * the service is down, no connection of the test itself takes its port.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 20_000);
    const isFree = await new Promise<boolean>(resolve => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
