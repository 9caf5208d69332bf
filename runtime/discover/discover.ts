// Discovery on a file: what processing and aggregation do with traffic, without a service.
import { noThresholds } from '../aggregation/endpoint.ts';
import { EndpointSums } from '../aggregation/endpoint-sums.ts';
import { TemplateLearner } from '../aggregation/learner/template-learner.ts';
import { pathCounters, pathSegmentOf } from '../aggregation/path-counters.ts';
import type { Refusal } from '../processing/admission.ts';
import type { AdmissionConfig } from '../processing/config.ts';
import { observe } from '../processing/observe.ts';
import type { ValueReading } from '../processing/points/parameter-set.ts';
import { Examiner } from '../processing/sensitive/examiner.ts';
import { valueHash } from '../processing/value-hash.ts';
import type { Observation } from '../protocol/generated/findings.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import { type LoggedPath, PathLog } from './path-log.ts';
import type { Source } from './source.ts';

export interface DiscoverOptions {
  readonly admission: AdmissionConfig;
  /** Called now and then with the number of exchanges read in this reading. */
  readonly progress?: (reading: 'learning' | 'assigning', exchanges: number) => void;
}

export interface Inventory {
  readonly exchanges: {
    readonly read: number;
    readonly admitted: number;
    /** By reason. */
    readonly refused: Readonly<Record<string, number>>;
  };
  /** Admitted requests to endpoints beyond `maxEndpoints`. */
  readonly omittedRequests: number;
  readonly endpoints: readonly Endpoint[];
}

/** More than the learner keeps apart in one run; paths of hosts beyond its limit could pass it. */
const maxEndpoints = 200_000;

/** Larger than a service's: one run, and whole traffics of many hosts at once. */
const limits = { nodes: 500_000, children: 4096, hosts: 10_000 };

export class Discovery {
  readonly #source: Source;
  readonly #options: DiscoverOptions;
  readonly #learner = new TemplateLearner({ limits });
  readonly #log = new PathLog();
  readonly #refused = new Map<string, number>();
  #read = 0;
  #admitted = 0;

  private constructor(source: Source, options: DiscoverOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** Reads everything once and learns from it. */
  static async learn(source: Source, options: DiscoverOptions): Promise<Discovery> {
    const discovery = new Discovery(source, options);
    for await (const some of discovery.#observations('learning'))
      for (const observation of some) discovery.#learn(observation);
    discovery.#learner.learn();
    return discovery;
  }

  #learn(observation: Observation | Refusal | undefined): void {
    if (observation === undefined || typeof observation === 'string') {
      this.#log.add(undefined);
      if (observation === undefined) return;
      this.#read += 1;
      this.#refused.set(observation, (this.#refused.get(observation) ?? 0) + 1);
      return;
    }
    this.#read += 1;
    this.#admitted += 1;
    const counters = pathCounters(observation);
    this.#learner.observePath(counters);
    this.#log.add(counters);
  }

  get exchanges(): Inventory['exchanges'] {
    return {
      read: this.#read,
      admitted: this.#admitted,
      refused: Object.fromEntries([...this.#refused].sort(([a], [b]) => compare(a, b))),
    };
  }

  /** The endpoint of every exchange in order, `METHOD /a/{x}/b`; null for a refused one and for an empty line. */
  async *assignments(): AsyncGenerator<Iterable<string | null>> {
    const assign = ({ host, method, segments }: LoggedPath) => this.#learner.assign(host, method, segments);
    if (this.#log.complete) {
      yield this.#log.map(assign);
      return;
    }
    for await (const some of this.#observations('assigning'))
      yield some.map(observation =>
        observation === undefined || typeof observation === 'string'
          ? null
          : assign({ ...observation, segments: observation.segments.map(pathSegmentOf) }),
      );
  }

  /** Endpoints with their counts and parameters, ordered by host, template, method and operation. */
  async inventory(): Promise<Inventory> {
    const sums = new EndpointSums(this.#learner, maxEndpoints);
    let omittedRequests = 0;
    // The same key in every run, for the same output.
    const values = { hash: valueHash('discover'), examiner: new Examiner() };
    for await (const some of this.#observations('assigning', values))
      for (const observation of some)
        if (observation !== undefined && typeof observation !== 'string' && !sums.add(observation))
          omittedRequests += 1;
    return {
      exchanges: this.exchanges,
      omittedRequests,
      endpoints: sums.endpoints(noThresholds).sort(byPlace),
    };
  }

  /** Some at a time; undefined for an empty line. */
  async *#observations(
    reading: 'learning' | 'assigning',
    values: ValueReading = {},
  ): AsyncGenerator<(Observation | Refusal | undefined)[]> {
    const { admission, progress } = this.#options;
    let count = 0;
    for await (const exchanges of this.#source.exchanges()) {
      yield exchanges.map(exchange => {
        const observed = exchange && observe(exchange, { admission, values });
        return typeof observed === 'object' ? observed.observation : observed;
      });
      count += exchanges.length;
      progress?.(reading, count);
    }
  }
}

function byPlace(a: Endpoint, b: Endpoint): number {
  return (
    compare(a.host, b.host) ||
    compare(a.template, b.template) ||
    compare(a.method, b.method) ||
    compare(a.operation, b.operation)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
