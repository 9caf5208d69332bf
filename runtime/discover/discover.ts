// Discovery on a file: what processing and aggregation do with traffic, in two readings and without a service.
import { endpointOf, noThresholds } from '../aggregation/endpoint.ts';
import { TemplateLearner } from '../aggregation/learner/template-learner.ts';
import { pathCounters, pathSegmentOf } from '../aggregation/path-counters.ts';
import type { AdmissionConfig } from '../processing/config.ts';
import { observe } from '../processing/observe.ts';
import type { Endpoint } from '../protocol/generated/upload.ts';
import { ObservationSum } from '../protocol/observation.ts';
import { type ExchangeRecord, exchangeOf } from './record.ts';
import type { Records, Source } from './source.ts';

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
const limits = { nodes: 1_000_000, children: 8192, hosts: 10_000 };

export class Discovery {
  readonly #source: Source;
  readonly #options: DiscoverOptions;
  readonly #learner = new TemplateLearner({ limits });
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
    for await (const record of discovery.#records('learning')) {
      if (record === undefined) continue;
      discovery.#read += 1;
      const observed = observe(exchangeOf(record), { admission: options.admission });
      if (typeof observed === 'string') {
        discovery.#refused.set(observed, (discovery.#refused.get(observed) ?? 0) + 1);
        continue;
      }
      discovery.#admitted += 1;
      discovery.#learner.observePath(pathCounters(observed.observation, record.responseContentType));
    }
    discovery.#learner.learn();
    return discovery;
  }

  get admitted(): number {
    return this.#admitted;
  }

  /** The endpoint of every exchange in order, `METHOD /a/{x}/b`; null for a refused one and for an empty line. */
  async *assignments(): AsyncGenerator<string | null> {
    const { admission } = this.#options;
    for await (const record of this.#records('assigning')) {
      // With its body, on which the admission of MCP messages depends.
      const observed = record && observe(exchangeOf(record), { admission });
      if (observed === undefined || typeof observed === 'string') yield null;
      else {
        const { host, method, segments } = observed.observation;
        yield this.#learner.assign(host, method, segments.map(pathSegmentOf));
      }
    }
  }

  /** Endpoints with their counts and parameters, ordered by host, template and method. */
  async inventory(): Promise<Inventory> {
    const templates = new Map(
      this.#learner
        .templates()
        .map(template => [`${template.host} ${template.method} ${template.path}`, template]),
    );
    const sums = new Map<string, ObservationSum>();
    let omittedRequests = 0;
    for await (const record of this.#records('assigning')) {
      const observed = record && observe(exchangeOf(record), { admission: this.#options.admission });
      if (observed === undefined || typeof observed === 'string') continue;
      const { observation } = observed;
      const { host, method, segments } = observation;
      const key = `${host} ${this.#learner.assign(host, method, segments.map(pathSegmentOf))}`;
      let sum = sums.get(key);
      if (sum === undefined) {
        if (sums.size >= maxEndpoints) {
          omittedRequests += 1;
          continue;
        }
        sum = new ObservationSum(observation);
        sums.set(key, sum);
      }
      sum.add(observation);
    }
    const endpoints = [...sums].map(([key, sum]) => {
      const [host = '', method = '', path = ''] = key.split(' ');
      const { parameters = [] } = templates.get(`${host} ${method} ${path}`) ?? {};
      return endpointOf({ host, method, path, parameters }, sum.toObservation(), noThresholds);
    });
    return {
      exchanges: {
        read: this.#read,
        admitted: this.#admitted,
        refused: Object.fromEntries([...this.#refused].sort(([a], [b]) => (a < b ? -1 : 1))),
      },
      omittedRequests,
      endpoints: endpoints.sort(
        (a, b) => compare(a.host, b.host) || compare(a.template, b.template) || compare(a.method, b.method),
      ),
    };
  }

  async *#records(reading: 'learning' | 'assigning'): AsyncGenerator<ExchangeRecord | undefined> {
    let count = 0;
    const records: Records = this.#source.records();
    for await (const some of records) {
      yield* some;
      count += some.length;
      this.#options.progress?.(reading, count);
    }
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
