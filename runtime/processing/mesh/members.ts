// Who the replicas are: the addresses that the headless Service's name resolves to, asked again and again.
import { lookup, Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

export interface MembersOptions {
  /** DNS name of the headless Service. */
  service: string;
  /** DNS server to ask, `address:port`; empty: the system's resolver. */
  resolver: string;
  refreshIntervalMs: number;
  /** All addresses but this replica's own, sorted; only when they have changed. */
  onMembers: (addresses: readonly string[]) => void;
  onFailure: (reason: string) => void;
  /** This replica's own address; empty: those of its network interfaces. */
  self: string;
}

/** More replicas than any installation has. */
const maxMembers = 256;

/** An answer that fails or is empty changes nothing: the replicas known before are asked by their connections. */
export class Members {
  readonly #options: MembersOptions;
  readonly #resolver: Resolver | undefined;
  #known = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MembersOptions) {
    this.#options = options;
    if (options.resolver !== '') {
      this.#resolver = new Resolver({ timeout: 2000, tries: 2 });
      this.#resolver.setServers([options.resolver]);
    }
    void this.#refresh();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#resolver?.cancel();
  }

  async #refresh(): Promise<void> {
    const { onMembers, onFailure, refreshIntervalMs } = this.#options;
    try {
      const addresses = await this.#resolve();
      const own = this.#ownAddresses();
      const others = [...new Set(addresses)]
        .filter(address => !own.has(address))
        .sort()
        .slice(0, maxMembers);
      const key = others.join(' ');
      if (!this.#closed && addresses.length > 0 && key !== this.#known) {
        this.#known = key;
        onMembers(others);
      }
    } catch (error) {
      if (!this.#closed) onFailure((error as Error).message);
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#refresh(), refreshIntervalMs);
  }

  async #resolve(): Promise<string[]> {
    const { service } = this.#options;
    if (this.#resolver === undefined)
      return (await lookup(service, { all: true })).map(({ address }) => address);
    return this.#resolver.resolve4(service);
  }

  #ownAddresses(): Set<string> {
    if (this.#options.self !== '') return new Set([this.#options.self]);
    return new Set(
      Object.values(networkInterfaces()).flatMap(list => (list ?? []).map(({ address }) => address)),
    );
  }
}
