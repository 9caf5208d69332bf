import { Construct } from 'constructs';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import { cloudPort, isInCluster } from './cloud-address.ts';
import { and } from './expression/and.ts';
import type { Val } from './expression/expr.ts';
import { whenever } from './expression/guard.ts';
import { not } from './expression/not.ts';
import { items, list } from './expression/spread.ts';
import { unlessEmpty } from './expression/unless-empty.ts';
import { when } from './expression/when.ts';
import type { Component, Installation } from './installation.ts';
import { ports } from './ports.ts';
import { hasMesh } from './processing.ts';
import { Resource } from './resource.ts';

type Rule = object | undefined;

const dns = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};

/** Ports of API servers: the Service's, and those that its endpoints listen on. */
const apiServer = { ports: [tcp(443), tcp(6443)] };

/**
 * What each part may receive and send: agent to processing, processing to aggregation and to its other replicas,
 * aggregation to the cloud service, the agent to the API server; names, metrics, probes and the console.
 */
export class NetworkPolicies extends Construct {
  readonly #installation: Installation;

  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    this.#installation = installation;
    const { cloud } = installation.values;
    const isMeshed = hasMesh(installation);
    const replicas = this.#peers('processing');
    const mesh = when(isMeshed, { from: replicas, ports: [tcp(ports.mesh)] });
    const inCluster = isInCluster(installation);

    this.#policy(
      this,
      'agent',
      ports.agentHealth,
      [],
      [{ to: this.#peers('processing'), ports: [tcp(ports.mirror)] }, apiServer],
    );
    this.#policy(
      this,
      'processing',
      ports.health,
      [{ from: this.#peers('agent', true), ports: [tcp(ports.mirror)] }, mesh],
      [
        { to: this.#peers('aggregation'), ports: [tcp(ports.findings)] },
        when(isMeshed, { to: replicas, ports: [tcp(ports.mesh)] }),
      ],
    );
    this.#policy(
      this,
      'aggregation',
      ports.health,
      [{ from: this.#peers('processing', true), ports: [tcp(ports.findings)] }],
      [
        when(inCluster, { to: this.#peers('cloud'), ports: [tcp(ports.uploadsContainer)] }),
        when(not(inCluster), { ports: [tcp(cloudPort(installation))] }),
      ],
    );
    whenever(this, 'in-cluster', cloud.enabled, guarded => {
      const uploaders = list(...this.#peers('aggregation', true), ...items<unknown>(cloud.ingest.from));
      this.#policy(
        guarded,
        'cloud',
        ports.health,
        [
          { from: uploaders, ports: [tcp(ports.uploadsContainer)] },
          { ports: [tcp(ports.consoleContainer)], from: unlessEmpty(cloud.console.from) },
        ],
        [],
      );
    });
  }

  #policy(
    scope: Construct,
    component: Component,
    healthPort: number,
    ingress: readonly Rule[],
    egress: readonly Rule[],
  ): void {
    const { networkPolicy } = this.#installation.values;
    const { metrics } = this.#installation.values[component];
    const scrape = { ports: [tcp(metrics.port)], from: unlessEmpty(networkPolicy.metricsFrom) };
    const probes = { ports: [tcp(healthPort)] };
    new Resource<NetworkPolicy>(scope, component, {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: this.#installation.metadata({ component }),
      spec: {
        podSelector: { matchLabels: this.#installation.selectorLabels(component) },
        policyTypes: ['Ingress', 'Egress'],
        ingress: list(...ingress, probes, when(metrics.enabled, scrape)),
        egress: list(...egress, dns, ...items<unknown>(networkPolicy.extraEgress)),
      },
    } as never);
  }

  /** The pods of a part; with the pod of `helm test`, where there is one. */
  #peers(component: Component, withTest = false): object[] {
    const peer = (labelled: Component | 'test') => ({
      podSelector: { matchLabels: this.#installation.selectorLabels(labelled) },
    });
    const isTested: Val<boolean> = and(withTest, this.#installation.values.tests.enabled);
    return list<object>(peer(component), when(isTested, peer('test')));
  }
}

function tcp(port: Val<number>) {
  return { port, protocol: 'TCP' };
}
