// Everything learnt about one host: its paths in, its endpoints out. Pure and without memory between runs, so every
// decision can be taken back; runs in a thread of its own (learning-thread.ts).
import { Observation, type Template, type TemplateSegment } from '../../protocol/generated/findings.ts';
import type { Endpoint } from '../../protocol/generated/upload.ts';
import type { EndpointRules } from '../config.ts';
import type { EndpointThresholds } from '../endpoint.ts';
import { EndpointSums } from '../endpoint-sums.ts';
import { TemplateLearner } from '../learner/template-learner.ts';
import { pathCounters } from '../path-counters.ts';

/** A service keeps at most `limits.pathsPerHost` paths, so the learner need not fold them. */
const limits = { nodes: 2_000_000, children: 100_000, hosts: 1 };

export interface LearningRules {
  readonly thresholds: EndpointThresholds;
  readonly templates: EndpointRules;
}

export class HostLearner {
  readonly #host: string;
  readonly #rules: LearningRules;
  readonly #learner = new TemplateLearner({ limits });
  /** Encoded: decoded they would take ten times the memory. */
  readonly #states: Uint8Array[] = [];

  constructor(host: string, rules: LearningRules) {
    this.#host = host;
    this.#rules = rules;
    const applies = ({ host: name }: { host: string }) => name === '*' || name === host;
    for (const { template } of rules.templates.pin.filter(applies)) this.#learner.pin(host, template);
    for (const { template } of rules.templates.forbid.filter(applies)) this.#learner.forbid(host, template);
  }

  /** Encoded observations, each of another path. */
  add(states: readonly Uint8Array[]): void {
    for (const state of states) {
      this.#learner.observePath(pathCounters(Observation.decode(state)));
      this.#states.push(state);
    }
  }

  /** `revision` is 0 and `removed` false. Without thresholds the sums equal those of the input. */
  endpoints(): Endpoint[] {
    this.#learner.learn();
    const sums = new EndpointSums(this.#learner);
    for (const state of this.#states) sums.add(Observation.decode(state));
    return sums.endpoints(this.#rules.thresholds);
  }

  /** After `endpoints`: along which templates values may be replaced. */
  templates(): Template[] {
    return this.#learner.collapsible(this.#host).map(segments => ({
      method: '',
      segments: segments.map(
        (segment): TemplateSegment => ({
          segment:
            typeof segment === 'string'
              ? { $case: 'literal', literal: segment }
              : segment.kept
                ? { $case: 'kept', kept: segment.name }
                : { $case: 'parameter', parameter: segment.name },
        }),
      ),
    }));
  }
}
