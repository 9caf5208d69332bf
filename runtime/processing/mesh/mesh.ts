// Which replica reads an exchange: the one that owns its connection, among those that are reachable.
import type { Observation } from '../../protocol/generated/findings.ts';
import type { Exchange } from '../../protocol/generated/mirror.ts';
import type { Log } from '../../service/log.ts';
import type { ProcessingMetrics } from '../processing-metrics.ts';
import { MeshPeer } from './mesh-peer.ts';
import { connectionKey, hashOf, ownerOf } from './rendezvous.ts';

export interface MeshOptions {
  /** Address under which the other replicas know this one. */
  self: string;
  port: number;
  token: string;
  replica: string;
  metrics: ProcessingMetrics;
  log: Log;
}

/** This replica, or another one. */
interface Member {
  readonly name: string;
  readonly seed: number;
  readonly peer?: MeshPeer;
}

export interface Share {
  peer: MeshPeer;
  exchanges: Exchange[];
}

export class Mesh {
  readonly #options: MeshOptions;
  readonly #self: Member;
  readonly #peers = new Map<string, MeshPeer>();
  /** Reachable members, this one included. */
  #members: readonly Member[];

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#self = { name: options.self, seed: hashOf(options.self) };
    this.#members = [this.#self];
  }

  /** Connects to new replicas and lets go of those that are gone. */
  setOthers(addresses: readonly string[]): void {
    const { port, token, replica, log } = this.#options;
    log.info({ replicas: addresses }, 'other replicas found');
    for (const [address, peer] of this.#peers)
      if (!addresses.includes(address)) {
        this.#peers.delete(address);
        void peer.close();
      }
    for (const host of addresses)
      if (!this.#peers.has(host)) {
        const onState = (connected: boolean, reason: string) => {
          log.info({ host, connected, reason }, connected ? 'replica reachable' : 'replica not reachable');
          this.#gather();
        };
        this.#peers.set(host, new MeshPeer({ host, port, token, replica, onState }));
      }
    this.#gather();
  }

  /**
   * Splits the exchanges of one batch: `local` ones this replica reads itself, the others go to the owners of their
   * connections. A peer that cannot take more counts as unreachable for this batch.
   */
  split(epochHash: number, exchanges: readonly Exchange[]): { local: readonly Exchange[]; shares: Share[] } {
    const members = this.#members;
    if (members.length === 1) return { local: exchanges, shares: [] };
    const ready = members.filter(({ peer }) => peer === undefined || peer.ready);
    const local: Exchange[] = [];
    const shares = new Map<MeshPeer, Share>();
    for (const exchange of exchanges) {
      const { peer } = ownerOf(connectionKey(epochHash, exchange.connection), ready);
      if (peer === undefined) {
        local.push(exchange);
        continue;
      }
      let share = shares.get(peer);
      if (share === undefined) {
        share = { peer, exchanges: [] };
        shares.set(peer, share);
      }
      share.exchanges.push(exchange);
    }
    return { local, shares: [...shares.values()] };
  }

  /** What the owner observes, or undefined when it went away meanwhile: then the caller reads them itself. */
  async forward({ peer, exchanges }: Share): Promise<Observation[] | undefined> {
    const { metrics, log } = this.#options;
    try {
      const observations = await peer.forward(exchanges);
      metrics.forwarded('answered', exchanges.length);
      return observations;
    } catch (error) {
      metrics.forwarded('taken-back', exchanges.length);
      log.debug({ host: peer.name, reason: (error as Error).message }, 'exchanges taken back');
      return undefined;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#peers.values()].map(peer => peer.close()));
  }

  #gather(): void {
    const reachable = [...this.#peers.values()].filter(({ connected }) => connected);
    this.#members = [this.#self, ...reachable.map(peer => ({ name: peer.name, seed: peer.seed, peer }))];
    this.#options.metrics.replicas(this.#members.length);
  }
}
