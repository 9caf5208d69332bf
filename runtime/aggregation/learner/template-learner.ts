// The learner as others use it: observations in, templates out. See README.md beside this file.
import { type CollapsibleSegment, collapsibleTemplates } from './collapsible.ts';
import type { Decided } from './decide.ts';
import { explainPath, type SegmentExplanation } from './explain.ts';
import { defaultLimits, type LearnerLimits } from './limits.ts';
import { Model, type WeightsFile } from './model.ts';
import type { PathCounters, PathObservation, PathSegment } from './observation.ts';
import { Overrides } from './overrides.ts';
import { endpointText, Routes, type Template } from './routes.ts';
import type { FirstPass } from './second-pass.ts';
import { checkState, type LearnerState, nodeOf, trieState } from './state.ts';
import { Trie } from './trie.ts';
import { decideHost } from './two-passes.ts';
import shippedWeights from './weights.json' with { type: 'json' };

export interface TemplateLearnerOptions {
  /** Bounds of memory; what is left out has the value of `defaultLimits`. */
  readonly limits?: Partial<LearnerLimits>;
  /** Default: weights.json beside this file. */
  readonly weights?: WeightsFile;
}

export interface LearnerStatistics {
  readonly hosts: number;
  readonly nodes: number;
  /** Nodes that were folded into their siblings because a limit was reached, since the start. */
  readonly foldedNodes: number;
  /** Requests to hosts beyond the limit. */
  readonly refusedRequests: number;
}

interface HostDecision {
  readonly decided: Decided;
  readonly tallies: FirstPass;
  readonly routes: Routes;
  /** Requests of the host when it was decided. */
  readonly requests: number;
}

let shippedModel: Model | undefined;

/** Learns path templates from observations, incrementally and in bounded memory. */
export class TemplateLearner {
  private readonly trie: Trie;
  private readonly model: Model;
  private readonly decisions = new Map<string, HostDecision>();
  private readonly overrides = new Map<string, Overrides>();

  /** Throws when weights of another version are given. */
  constructor(options: TemplateLearnerOptions = {}) {
    this.trie = new Trie({ ...defaultLimits, ...options.limits });
    if (options.weights !== undefined) this.model = new Model(options.weights);
    else {
      shippedModel ??= new Model(shippedWeights as unknown as WeightsFile);
      this.model = shippedModel;
    }
  }

  /** Counts requests. Decisions do not change before the next `learn`. */
  observe(observation: PathObservation): void {
    this.trie.add(observation);
  }

  /** The same for requests that are summed already. */
  observePath(path: PathCounters): void {
    this.trie.addPath(path);
  }

  /** Hosts with observations. */
  hosts(): string[] {
    return [...this.trie.hosts.keys()];
  }

  /**
   * Decides hosts anew whose requests grew by more than `growth` (0.5: by half) since they were last decided, or one host.
   * The cost is that of reading the counters, whatever the number of requests was: some 10 µs per trie node.
   */
  learn({ host, growth = 0 }: { readonly host?: string; readonly growth?: number } = {}): void {
    for (const [name, root] of this.trie.hosts) {
      if (host !== undefined && host !== name) continue;
      const known = this.decisions.get(name);
      if (known !== undefined && root.requests <= known.requests * (1 + growth)) continue;
      const override = this.overrides.get(name)?.override;
      const { decided, tallies } = decideHost(root, this.model, override);
      this.decisions.set(name, {
        decided,
        tallies,
        routes: new Routes(name, decided),
        requests: root.requests,
      });
    }
  }

  /** `METHOD /a/{x}/b`: the endpoint of a request by the last `learn`. Of an unknown host, the path as it is. */
  assign(host: string, method: string, segments: readonly PathSegment[]): string {
    const routes = this.decisions.get(host)?.routes ?? emptyRoutes;
    return endpointText(method, routes.assign(segments));
  }

  /** All endpoints by the last `learn`, ordered by host, path and method. */
  templates(): Template[] {
    const hosts = [...this.decisions].sort(([a], [b]) => (a < b ? -1 : 1));
    return hosts.flatMap(([, { routes }]) => [...routes.templates()]);
  }

  /** Templates of a host by the last `learn` along which texts need not be kept apart; see `collapsibleTemplates`. */
  collapsible(host: string): CollapsibleSegment[][] {
    const decision = this.decisions.get(host);
    return decision === undefined ? [] : collapsibleTemplates(decision.decided);
  }

  /** Why a path is assigned as it is, segment by segment; empty before the first `learn` of the host. */
  explain(host: string, segments: readonly PathSegment[]): SegmentExplanation[] {
    const decision = this.decisions.get(host);
    const root = this.trie.hosts.get(host);
    if (decision === undefined || root === undefined) return [];
    return explainPath(
      root,
      decision.decided,
      decision.tallies,
      this.model,
      this.overrides.get(host),
      segments,
    );
  }

  /**
   * Makes a template of a host hold: its texts stay literal, its parameters take every other text in their place.
   * Takes effect with the next `learn`. Throws a TypeError on a text that is not a template.
   */
  pin(host: string, template: string): void {
    this.overridesOf(host).pin(template);
    this.decisions.delete(host);
  }

  /** Forbids the parameter that a template of a host ends with: the texts in its place stay literal. */
  forbid(host: string, template: string): void {
    this.overridesOf(host).forbid(template);
    this.decisions.delete(host);
  }

  /** Takes back all pins and forbids of a host. */
  clearOverrides(host: string): void {
    this.overrides.delete(host);
    this.decisions.delete(host);
  }

  statistics(): LearnerStatistics {
    const { hosts, nodes, foldedNodes, refusedRequests } = this.trie;
    return { hosts: hosts.size, nodes, foldedNodes, refusedRequests };
  }

  /** Counters as JSON; equal counters give equal text. Operators' pins are configuration, not state. */
  toState(): LearnerState {
    return trieState(this.trie);
  }

  /**
   * Adds the counters of another learner. As long as no limit is reached, order and grouping of merges do not matter.
   * Counters add up: a state that may arrive twice must carry a sequence number that the caller checks.
   */
  merge(state: LearnerState): void {
    checkState(state);
    this.trie.refusedRequests += state.refusedRequests;
    this.trie.foldedNodes += state.foldedNodes;
    for (const [name, root] of state.hosts) this.trie.mergeHost(name, nodeOf(root));
  }

  static fromState(state: LearnerState, options: TemplateLearnerOptions = {}): TemplateLearner {
    const learner = new TemplateLearner(options);
    learner.merge(state);
    return learner;
  }

  private overridesOf(host: string): Overrides {
    let overrides = this.overrides.get(host);
    if (overrides === undefined) {
      overrides = new Overrides();
      this.overrides.set(host, overrides);
    }
    return overrides;
  }
}

const emptyRoutes = new Routes('', { place: [], literals: new Map(), parameters: new Map() });
