// Exchanges → observations, with everything that became of them counted.
import type { Observation } from '../protocol/generated/findings.ts';
import type { Exchange } from '../protocol/generated/mirror.ts';
import { type ObserveSettings, observe } from './observe.ts';
import type { ProcessingMetrics } from './processing-metrics.ts';

export class ExchangeReader {
  readonly #settings: ObserveSettings;
  readonly #metrics: ProcessingMetrics;

  constructor(settings: ObserveSettings, metrics: ProcessingMetrics) {
    this.#settings = settings;
    this.#metrics = metrics;
  }

  /** Undefined when the exchange does not count. */
  read(exchange: Exchange): Observation | undefined {
    const observed = observe(exchange, this.#settings);
    if (typeof observed === 'string') {
      this.#metrics.exchange(observed);
      return undefined;
    }
    const { observation, body, droppedParameters } = observed;
    this.#metrics.exchange('admitted');
    this.#metrics.body(body.result);
    if (body.mislabelled) this.#metrics.mislabelledBody();
    if (droppedParameters > 0) this.#metrics.droppedParameters(droppedParameters);
    return observation;
  }
}
