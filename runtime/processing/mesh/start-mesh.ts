// Puts the mesh together: a server for the other replicas, connections to them, and the look-up that finds them.
import { networkInterfaces } from 'node:os';
import { createLinkServer } from '../../protocol/link.ts';
import { formatAddress } from '../../service/listen-address.ts';
import type { Log } from '../../service/log.ts';
import type { ProcessingConfig } from '../config.ts';
import type { ExchangeReader } from '../exchange-reader.ts';
import type { ProcessingMetrics } from '../processing-metrics.ts';
import { Members } from './members.ts';
import { Mesh } from './mesh.ts';
import { serveMesh } from './mesh-session.ts';

export interface RunningMesh {
  mesh: Mesh;
  /** The others take back what they have under way here. */
  stop(): Promise<void>;
}

/** Undefined when there are no other replicas to find. */
export async function startMesh(
  config: ProcessingConfig,
  token: string,
  reader: ExchangeReader,
  metrics: ProcessingMetrics,
  log: Log,
): Promise<RunningMesh | undefined> {
  const { listen, service, address, resolver, refreshIntervalMs } = config.mesh;
  if (service === '' || config.connector.disable_mesh) return undefined;
  const server = createLinkServer(
    { token, link: 'mesh', maxConnections: 256, log, onReject: reason => metrics.rejectedConnection(reason) },
    socket => serveMesh(socket, { reader, metrics, log }),
  );
  const bound = await server.listen(listen);
  log.info({ address: formatAddress({ host: bound.address, port: bound.port }) }, 'mesh is listening');
  const self = address || firstAddress();
  const mesh = new Mesh({ self, port: bound.port, token, replica: config.replica, metrics, log });
  let reported = '';
  const members = new Members({
    ...{ service, resolver, refreshIntervalMs, self: address },
    onMembers: others => {
      reported = '';
      mesh.setOthers(others);
    },
    onFailure: reason => {
      // Once, not at every refresh.
      if (reason !== reported) log.warn({ service, reason }, 'the other replicas cannot be looked up');
      reported = reason;
    },
  });
  return {
    mesh,
    async stop() {
      members.close();
      await Promise.all([mesh.close(), server.close()]);
    },
  };
}

/** Of the first network that is not loopback: what the headless Service answers with. */
function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap(list => list ?? []);
  return (all.find(({ internal }) => !internal) ?? all[0])?.address ?? '127.0.0.1';
}
