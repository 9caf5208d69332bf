import { createRequire } from 'node:module';
import type {
  INetworkPolicyPeer,
  IPodSelector,
  NetworkPolicyPeerConfig,
  PodSelectorConfig,
} from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Certificates } from './certificates.ts';
import { Credentials } from './credentials.ts';
import { isExpr } from './expression/expr.ts';
import type { Component, Installation } from './installation.ts';

/** What the parts of one installation share: give the same to each, or its objects are made more than once. */
export interface SharedParts {
  /** @default - made inside the part */
  readonly credentials?: Credentials;
  /** @default - made inside the part */
  readonly certificates?: Certificates;
}

/**
 * A part of the product: agent, processing, aggregation or cloud. It selects its pods, so that objects of cdk8s-plus
 * can name it: `policy.addIngressRule(oob.agent)`, `service.select(oob.processing)`.
 */
export abstract class Part extends Construct implements IPodSelector, INetworkPolicyPeer {
  readonly component: Component;
  readonly #installation: Installation;

  constructor(scope: Construct, id: string, installation: Installation, component: Component) {
    super(scope, id);
    this.#installation = installation;
    this.component = component;
  }

  /** The part's objects' name, which is also that of its Service. The agent has no Service. */
  get resourceName(): string {
    return this.#known(this.#installation.nameOf(this.component));
  }

  /** DNS name of the part's Service inside the cluster. */
  get host(): string {
    return this.#known(this.#installation.hostOf(this.component));
  }

  /** Labels that select the part's pods, and those of no other installation. */
  get podLabels(): Readonly<Record<string, string>> {
    const labels = this.#installation.selectorLabels(this.component);
    return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, this.#known(value)]));
  }

  toPodSelectorConfig(): PodSelectorConfig {
    const { LabelSelector } = plus();
    return {
      labelSelector: LabelSelector.of({ labels: this.podLabels }),
      namespaces: { names: [this.#known(this.#installation.release.namespace)] },
    };
  }

  toNetworkPolicyPeerConfig(): NetworkPolicyPeerConfig {
    return { podSelector: this.toPodSelectorConfig() };
  }

  toPodSelector(): IPodSelector {
    return this;
  }

  /** What the part shares with the others. */
  protected shared({ credentials, certificates }: SharedParts): Required<SharedParts> {
    return {
      credentials: credentials ?? new Credentials(this, 'credentials', this.#installation),
      certificates: certificates ?? new Certificates(this, 'certificates', this.#installation),
    };
  }

  #known(value: unknown): string {
    if (typeof value === 'string') return value;
    const what = isExpr(value) ? value.kind : typeof value;
    throw new Error(
      `${this.node.path}: known only when Helm renders the chart (${what}); use literal values`,
    );
  }
}

/** Loaded when it is asked for: it is large, and whoever does not use it need not install it. */
function plus(): typeof import('cdk8s-plus-28') {
  return createRequire(import.meta.url)('cdk8s-plus-28');
}
